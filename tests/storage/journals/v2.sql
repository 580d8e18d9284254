-- A journal of schema version 2: two feedback loops on simulated models.
BEGIN TRANSACTION;
CREATE TABLE asks (
        conversation TEXT NOT NULL REFERENCES conversations (id),
        lane TEXT NOT NULL,
        agent TEXT NOT NULL,
        occurrence INTEGER NOT NULL,        -- of this agent in this lane, from 0
        attempt INTEGER NOT NULL,           -- from 1; 2 repairs 1
        fingerprint TEXT NOT NULL,
        model TEXT NOT NULL,
        request TEXT NOT NULL,              -- messages and sampling, as sent
        completion TEXT NOT NULL,           -- the raw text
        finish TEXT NOT NULL,
        prompt_tokens INTEGER NOT NULL,
        completion_tokens INTEGER NOT NULL,
        cached_tokens INTEGER NOT NULL,
        reasoning_tokens INTEGER NOT NULL,
        served_model TEXT,
        request_id TEXT,
        latency_s REAL NOT NULL,
        simulated INTEGER NOT NULL,
        error TEXT,                         -- why the reply was unreadable
        answered_at REAL NOT NULL, cost TEXT, wait_s REAL NOT NULL DEFAULT 0, failed_s REAL NOT NULL DEFAULT 0, failures TEXT, reused INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (conversation, lane, agent, occurrence, attempt)
    ) STRICT;
INSERT INTO "asks" VALUES('c00000','','generator',0,1,'96a6db0db5f33ae8','sim/mid','{"messages":[{"role":"user","content":"Why is the sky blue?"}],"sampling":{"temperature":0.7,"max_tokens":2048},"reply":"Draft"}','This effect is called Rayleigh scattering.
- At sunset the light crosses more air, so most of the blue is lost on the way and red remains.
- Needless to say, this deserves some attention.
- Violet is scattered even more, but sunlight contains less of it and our eyes are less sensitive to it.
- All things considered, it is an interesting subject.
- Its strength grows with the inverse fourth power of the wavelength.
- Air molecules scatter short blue wavelengths of sunlight more strongly than long red ones.','stop',5,127,0,0,'sim/mid',NULL,1.89375,1,NULL,1.79581035894744801524e+09,'0',0.0,0.0,NULL,0);
INSERT INTO "asks" VALUES('c00001','','generator',0,1,'d7259fbd0144c290','sim/mid','{"messages":[{"role":"user","content":"Name a prime above ten."}],"sampling":{"temperature":0.7,"max_tokens":2048},"reply":"Draft"}','One exception concerns prime: under time pressure a rough version is better than none. A sensible order is prime first, then the rest, then a final check. In addition, the strongest argument against prime is that it becomes costly as it grows. The link between prime and the rest is the central point, because one limits the other. A checklist of five lines covers most of what prime requires.','stop',5,98,0,0,'sim/mid',NULL,1.528125,1,NULL,1.79581035894791173936e+09,'0',0.0,0.0,NULL,0);
INSERT INTO "asks" VALUES('c00000','','reviewer',0,1,'5385db4a634a2db5','sim/weak','{"messages":[{"role":"system","content":"You review an answer that somebody wrote to a question. Be fair, specific and useful to its writer: name what is wrong, what is missing and what could go, point to the place, and say what to do about it. Praise only what should be kept. Length is no merit in itself.\n\nWrite your advice as a short list. End with a line that holds the score alone, one decimal at most:\nOverall score: X/10"},{"role":"user","content":"<question>\nWhy is the sky blue?\n</question>\n\n<answer>\nThis effect is called Rayleigh scattering.\n- At sunset the light crosses more air, so most of the blue is lost on the way and red remains.\n- Needless to say, this deserves some attention.\n- Violet is scattered even more, but sunlight contains less of it and our eyes are less sensitive to it.\n- All things considered, it is an interesting subject.\n- Its strength grows with the inverse fourth power of the wavelength.\n- Air molecules scatter short blue wavelengths of sunlight more strongly than long red ones.\n</answer>"}],"sampling":{"temperature":0.0,"max_tokens":1024},"reply":"Critique/10"}','I found nothing that has to be changed.

Overall score: 9.9/10','stop',240,15,0,0,'sim/weak',NULL,4.0333333333333332149e-01,1,NULL,1.7958103589511823654e+09,'0',0.0,0.0,NULL,0);
INSERT INTO "asks" VALUES('c00001','','reviewer',0,1,'cc351544e67cf9bf','sim/weak','{"messages":[{"role":"system","content":"You review an answer that somebody wrote to a question. Be fair, specific and useful to its writer: name what is wrong, what is missing and what could go, point to the place, and say what to do about it. Praise only what should be kept. Length is no merit in itself.\n\nWrite your advice as a short list. End with a line that holds the score alone, one decimal at most:\nOverall score: X/10"},{"role":"user","content":"<question>\nName a prime above ten.\n</question>\n\n<answer>\nOne exception concerns prime: under time pressure a rough version is better than none. A sensible order is prime first, then the rest, then a final check. In addition, the strongest argument against prime is that it becomes costly as it grows. The link between prime and the rest is the central point, because one limits the other. A checklist of five lines covers most of what prime requires.\n</answer>"}],"sampling":{"temperature":0.0,"max_tokens":1024},"reply":"Critique/10"}','I checked the draft sentence by sentence. I found nothing that has to be changed.

Overall score: 8.9/10','stop',211,26,0,0,'sim/weak',NULL,4.73333333333333328152e-01,1,NULL,1.7958103589518582821e+09,'0',0.0,0.0,NULL,0);
CREATE TABLE conversations (
        id TEXT PRIMARY KEY,
        position INTEGER NOT NULL,          -- of its item in the input, from 0
        item TEXT NOT NULL,                 -- prompt, candidates, label
        digest TEXT NOT NULL,               -- of the item
        status TEXT NOT NULL DEFAULT 'started' CHECK (status IN ('started', 'finished', 'failed')),
        tries INTEGER NOT NULL DEFAULT 1,   -- how often unreadable replies may be asked for afresh
        outcome TEXT,                       -- id of the message the scenario returned
        fault TEXT,                         -- provider, content or scenario
        error TEXT,
        ended_at REAL
    , begun_at REAL) STRICT;
INSERT INTO "conversations" VALUES('c00000',0,'{"prompt":{"chat":[{"role":"user","content":"Why is the sky blue?"}]}}','d28193314b460635','finished',1,'generator.0',NULL,NULL,1.7958103589545984268e+09,1.79581035894669890405e+09);
INSERT INTO "conversations" VALUES('c00001',1,'{"prompt":{"chat":[{"role":"user","content":"Name a prime above ten."}]}}','7ba95398d44487f7','finished',1,'generator.0',NULL,NULL,1.79581035895464348798e+09,1.79581035894760084156e+09);
CREATE TABLE events (
        at REAL NOT NULL,
        event TEXT NOT NULL,                -- begun, stopped, ended, changes_accepted
        facts TEXT NOT NULL
    ) STRICT;
INSERT INTO "events" VALUES(1.7958103589428751469e+09,'begun','{"pid":19069,"total":2}');
INSERT INTO "events" VALUES(1.79581035895778822896e+09,'ended','{"reason":""}');
CREATE TABLE labels (
        conversation TEXT NOT NULL REFERENCES conversations (id),
        author TEXT NOT NULL,
        label TEXT NOT NULL CHECK (label IN ('A', 'B', 'tie')),
        reason TEXT,
        at REAL NOT NULL,
        PRIMARY KEY (conversation, author, at)
    ) STRICT;
CREATE TABLE messages (
        conversation TEXT NOT NULL REFERENCES conversations (id),
        lane TEXT NOT NULL,
        source TEXT NOT NULL,
        occurrence INTEGER NOT NULL,
        depth INTEGER NOT NULL,
        id TEXT NOT NULL,
        type TEXT NOT NULL,
        content TEXT NOT NULL,
        inputs TEXT NOT NULL,               -- ids of the messages its author saw
        created_at REAL NOT NULL,
        PRIMARY KEY (conversation, depth, lane, source, occurrence)
    ) STRICT;
INSERT INTO "messages" VALUES('c00000','','user',0,0,'user.0','PromptMessage','{"chat":[{"role":"user","content":"Why is the sky blue?"}],"reference":null}','[]',1795810358.94674);
INSERT INTO "messages" VALUES('c00000','','generator',0,1,'generator.0','DraftMessage','{"text":"This effect is called Rayleigh scattering.\n- At sunset the light crosses more air, so most of the blue is lost on the way and red remains.\n- Needless to say, this deserves some attention.\n- Violet is scattered even more, but sunlight contains less of it and our eyes are less sensitive to it.\n- All things considered, it is an interesting subject.\n- Its strength grows with the inverse fourth power of the wavelength.\n- Air molecules scatter short blue wavelengths of sunlight more strongly than long red ones.","truncated":false}','["user.0"]',1.79581035894744801524e+09);
INSERT INTO "messages" VALUES('c00001','','user',0,0,'user.0','PromptMessage','{"chat":[{"role":"user","content":"Name a prime above ten."}],"reference":null}','[]',1.79581035894761896131e+09);
INSERT INTO "messages" VALUES('c00001','','generator',0,1,'generator.0','DraftMessage','{"text":"One exception concerns prime: under time pressure a rough version is better than none. A sensible order is prime first, then the rest, then a final check. In addition, the strongest argument against prime is that it becomes costly as it grows. The link between prime and the rest is the central point, because one limits the other. A checklist of five lines covers most of what prime requires.","truncated":false}','["user.0"]',1.79581035894791197779e+09);
INSERT INTO "messages" VALUES('c00000','','reviewer',0,2,'reviewer.0','CritiqueMessage','{"text":"I found nothing that has to be changed.\n\nOverall score: 9.9/10","score":9.9,"out_of":10.0}','["user.0","generator.0"]',1.79581035895118188861e+09);
INSERT INTO "messages" VALUES('c00001','','reviewer',0,2,'reviewer.0','CritiqueMessage','{"text":"I checked the draft sentence by sentence. I found nothing that has to be changed.\n\nOverall score: 8.9/10","score":8.9,"out_of":10.0}','["user.0","generator.0"]',1.79581035895185804366e+09);
CREATE TABLE run (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
INSERT INTO "run" VALUES('config','{"scenario":"feedback_loop","seed":3,"arguments":{"rounds":1,"generator":"agent generator","reviewer":"agent reviewer"},"agents":{"generator":{"role":"Generator","model":"sim/mid","system":"","sampling":{"temperature":0.7,"max_tokens":2048},"repairs":1},"reviewer":{"role":"Reviewer","model":"sim/weak","system":"You review an answer that somebody wrote to a question. Be fair, specific and useful to its writer: name what is wrong, what is missing and what could go, point to the place, and say what to do about it. Praise only what should be kept. Length is no merit in itself.\n\nWrite your advice as a short list. End with a line that holds the score alone, one decimal at most:\nOverall score: X/10","sampling":{"temperature":0.0,"max_tokens":1024},"repairs":1}}}');
INSERT INTO "run" VALUES('scenario','feedback_loop');
INSERT INTO "run" VALUES('n_items','2');
INSERT INTO "run" VALUES('origin','{"script":"/home/somebody/loop.py","arguments":[],"folder":"/home/somebody","overrides":{"prompts":null,"out":null,"config":null,"everyone":null,"models":{},"n":null,"seed":null}}');
INSERT INTO "run" VALUES('made_in','/home/somebody/runs/loop');
INSERT INTO "run" VALUES('simulated','true');
CREATE VIEW verdicts AS                 -- the outcome of a conversation is the one it names
        SELECT conversation, lane, source, id, json_extract(content, '$.decision') AS decision,
            json_extract(content, '$.reason') AS reason
        FROM messages WHERE type = 'VerdictMessage';
CREATE VIEW votes AS
        SELECT conversation, lane, source, id, json_extract(content, '$.decision') AS decision,
            json_extract(content, '$.reason') AS reason
        FROM messages WHERE type = 'VoteMessage';
CREATE VIEW recipients AS               -- who was shown a message
        SELECT seen.conversation, inputs.value AS message, seen.lane, seen.source AS recipient
        FROM messages AS seen, json_each(seen.inputs) AS inputs;
COMMIT;
PRAGMA user_version = 2;
