"""Tokens of a text by its script, against counts of the vocabulary cl100k_base, which were made once by hand."""

# ruff: noqa: E501  (a text is a line)

import pytest

from fellowship.protocols.tokens import count_tokens

COUNTED: dict[str, tuple[str, int]] = {
    "English": (
        "The committee decided yesterday that the proposal should be rewritten before the next meeting, because several "
        "members had not understood what its consequences would be for smaller towns.",
        30,
    ),
    "Chinese": ("委员会昨天决定，在下次会议之前应当重新撰写该提案，因为有几位成员不明白它会给较小的城镇带来什么后果。机器学习模型的评估需要大量数据。", 75),
    "traditional Chinese": ("委員會昨天決定，在下次會議之前應當重新撰寫該提案，因為有幾位成員不明白它會給較小的城鎮帶來什麼後果。", 78),
    "Japanese": ("委員会は昨日、次の会議の前に提案を書き直すべきだと決定しました。なぜなら、何人かのメンバーがその結果を理解していなかったからです。", 68),
    "Korean": ("위원회는 어제 다음 회의 전에 제안서를 다시 작성해야 한다고 결정했다. 여러 위원이 작은 도시에 미칠 결과를 이해하지 못했기 때문이다.", 65),
    "Arabic": ("قررت اللجنة أمس إعادة كتابة الاقتراح قبل الاجتماع القادم لأن عدة أعضاء لم يفهموا ما ستكون عواقبه على المدن الصغيرة.", 83),
    "Urdu": ("کمیٹی نے کل فیصلہ کیا کہ تجویز کو اگلے اجلاس سے پہلے دوبارہ لکھا جائے کیونکہ کئی ارکان اس کے نتائج کو نہیں سمجھ سکے تھے۔", 113),
    "Hebrew": ("הוועדה החליטה אתמול שיש לכתוב מחדש את ההצעה לפני הישיבה הבאה משום שכמה חברים לא הבינו את השלכותיה.", 87),
    "Russian": ("Комитет вчера решил, что предложение следует переписать до следующего заседания, поскольку несколько членов не поняли его последствий для небольших городов.", 61),
    "Greek": ("Η επιτροπή αποφάσισε χθες ότι η πρόταση πρέπει να ξαναγραφτεί πριν από την επόμενη συνεδρίαση.", 85),
    "Thai": ("คณะกรรมการตัดสินใจเมื่อวานนี้ว่าข้อเสนอควรได้รับการเขียนใหม่ก่อนการประชุมครั้งต่อไป เพราะสมาชิกหลายคนไม่เข้าใจผลกระทบ", 100),
    "Hindi": ("समिति ने कल निर्णय लिया कि अगली बैठक से पहले प्रस्ताव को फिर से लिखा जाना चाहिए क्योंकि कई सदस्य इसके परिणामों को नहीं समझे थे।", 121),
    "Georgian": ("კომიტეტმა გუშინ გადაწყვიტა, რომ წინადადება უნდა გადაიწეროს შემდეგ სხდომამდე.", 142),
    "Vietnamese": ("Ủy ban hôm qua đã quyết định rằng đề xuất phải được viết lại trước cuộc họp tiếp theo vì một số thành viên không hiểu hậu quả của nó.", 62),
    "JSON": ('{"id": "a-17", "scores": [1, 2, 3.5, 4.25], "winner": "B", "nested": {"x": -1, "y": null}, "ok": true}', 52),
    "C++": ("for (auto& [k, v] : m) { if (v->next != nullptr && k <= 0x7f) { *out++ = (char)(k ^ 0x20); } else { return -1; } }", 53),
    "emoji": ("😀😂🥰👍🏽🎉🔥💯🚀👩‍👩‍👧‍👦🇩🇪", 48),
}  # fmt: skip


@pytest.mark.parametrize(("text", "n_tokens"), COUNTED.values(), ids=list(COUNTED))
def test_range_of_a_script_holds_the_counted_tokens(text: str, n_tokens: int) -> None:
    """Newer vocabularies need fewer, so the expected number may be lower."""
    count = count_tokens(text)

    assert count.fewest <= n_tokens <= count.most
    assert count.fewest < count.expected < count.most


def test_long_texts_are_sampled_evenly() -> None:
    """Half English, half Chinese: the same as the sum of both, within one per cent."""
    english, chinese = "some words of it " * 3000, "几位成员不明白" * 5000
    both = count_tokens(english + chinese).expected

    assert both == pytest.approx(count_tokens(english).expected + count_tokens(chinese).expected, rel=0.01)


@pytest.mark.parametrize("text", ["", "\ud800", "\x00", "́" * 3], ids=["empty", "surrogate", "null", "marks alone"])
def test_any_text_is_counted(text: str) -> None:
    """Texts of models are hostile."""
    assert count_tokens(text).fewest >= 0
