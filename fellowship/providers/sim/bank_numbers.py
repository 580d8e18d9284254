"""Tasks on arithmetic, unit conversion, logic and code (pure data)."""

from fellowship.providers.sim.task import SimTask

NUMBER_TASKS: tuple[SimTask, ...] = (
    SimTask(
        id="bakery-change",
        skill="arithmetic",
        prompt=(
            "A bakery sells rolls for 0.60 euros and loaves for 3.20 euros. I buy 7 rolls and 2 loaves and pay "
            "with a 20 euro note. How much change do I get?"
        ),
        answer="You get 9.40 euros back.",
        points=(
            "The 7 rolls cost 7 times 0.60, which is 4.20 euros.",
            "The 2 loaves cost 2 times 3.20, which is 6.40 euros.",
            "Together the purchase comes to 10.60 euros, which is subtracted from 20.",
            "You can check this by adding the change to the bill: 9.40 plus 10.60 is exactly 20.",
        ),
        wrong=("You get 10.60 euros back.", "You get 8.40 euros back."),
        slips=("Seven rolls at 0.60 euros come to 4.90 euros.", "Two loaves at 3.20 euros come to 5.40 euros."),
    ),
    SimTask(
        id="trains-meeting",
        skill="arithmetic",
        prompt=(
            "Two trains start 300 km apart and drive toward each other, one at 70 km/h and the other at 80 km/h. "
            "After how long do they meet?"
        ),
        answer="They meet after 2 hours.",
        points=(
            "Because they approach each other, their speeds add up to 150 km/h.",
            "Dividing the gap of 300 km by the closing speed gives the time.",
            "By then the slower train has covered 140 km and the faster one 160 km.",
            "This assumes that both trains start at the same moment and keep a constant speed.",
        ),
        wrong=("They meet after 3 hours.", "They meet after 4 hours and 17 minutes."),
        slips=(
            "The closing speed is the difference of the two speeds, which is 10 km/h.",
            "When they meet, both trains have travelled exactly the same distance.",
        ),
    ),
    SimTask(
        id="discount-stack",
        skill="arithmetic",
        prompt=(
            "A jacket costs 80 dollars. It is reduced by 25 percent, and at the till another 10 percent is taken "
            "off the reduced price. What do I pay?"
        ),
        answer="You pay 54 dollars for the jacket.",
        points=(
            "The first reduction takes 20 dollars off and leaves 60 dollars.",
            "The second reduction takes 10 percent of 60, which is 6 dollars.",
            (
                "The two reductions together equal 32.5 percent, not 35 percent, because the second applies to a "
                "smaller price."
            ),
            "In one step, the price is 80 times 0.75 times 0.90.",
        ),
        wrong=("You pay 52 dollars for the jacket.", "You pay 56 dollars for the jacket."),
        slips=("A quarter of 80 dollars is 25 dollars.", "The order of the two reductions changes the final price."),
    ),
    SimTask(
        id="average-score",
        skill="arithmetic",
        prompt=(
            "My first four test scores are 72, 85, 90 and 77. What must I score on the fifth test to reach an "
            "average of 82?"
        ),
        answer="You must score 86 on the fifth test.",
        points=(
            "The four scores so far add up to 324.",
            "An average of 82 over five tests needs a total of 410 points.",
            "The difference between 410 and 324 is what the last test has to bring.",
            "The current average is 81, so the fifth score must lie somewhat above the target.",
        ),
        wrong=("You must score 82 on the fifth test.", "You must score 91 on the fifth test."),
        slips=("The average of the first four tests is 84.", "Five tests averaging 82 need a total of 400 points."),
    ),
    SimTask(
        id="paint-wall",
        skill="arithmetic",
        prompt=(
            "A wall is 6 metres wide and 2.5 metres high and has a window of 1.5 by 1 metres. How many litres of "
            "paint do I need for two coats if one litre covers 9 square metres?"
        ),
        answer="You need 3 litres of paint.",
        points=(
            "The whole wall measures 6 times 2.5, which is 15 square metres.",
            "The window takes away 1.5 square metres and leaves 13.5 to be painted.",
            "Two coats mean 27 square metres of painting in total.",
            "In practice it is wise to buy a little more, because rough plaster soaks up extra.",
        ),
        wrong=("You need 1.5 litres of paint.", "You need 4 litres of paint."),
        slips=(
            "The window has an area of 2.5 square metres.",
            "One litre of this paint covers the entire wall with one coat.",
        ),
    ),
    SimTask(
        id="savings-interest",
        skill="arithmetic",
        prompt=(
            "I put 2,000 dollars into an account that pays 5 percent interest per year, compounded yearly. How "
            "much is in it after 3 years?"
        ),
        answer="After 3 years there are 2,315.25 dollars in the account.",
        points=(
            "After the first year the balance is 2,100 dollars.",
            "After the second year it is 2,205 dollars, because earlier interest earns interest too.",
            "The formula is 2,000 times 1.05 to the power of 3.",
            "With simple interest it would be only 2,300 dollars, so compounding adds 15.25 dollars.",
        ),
        wrong=(
            "After 3 years there are 2,300.00 dollars in the account.",
            "After 3 years there are 2,415.25 dollars in the account.",
        ),
        slips=(
            "Five percent of 2,000 dollars is 150 dollars.",
            "Compounding means that interest is paid on the original deposit only.",
        ),
    ),
    SimTask(
        id="recipe-scale",
        skill="arithmetic",
        prompt="A recipe for 4 people uses 300 grams of flour and 2 eggs. How much of each do I need for 10 people?",
        answer="You need 750 grams of flour and 5 eggs.",
        points=(
            "The scaling factor is 10 divided by 4, which is 2.5.",
            "Multiplying 300 by 2.5 gives the flour, and multiplying 2 by 2.5 gives the eggs.",
            "Per person the recipe takes 75 grams of flour and half an egg.",
            "Baking time does not grow by the same factor, so test whether it is done instead.",
        ),
        wrong=("You need 600 grams of flour and 4 eggs.", "You need 750 grams of flour and 8 eggs."),
        slips=(
            "Going from 4 to 10 people means tripling the recipe.",
            "Each person gets 100 grams of flour in this recipe.",
        ),
    ),
    SimTask(
        id="two-hoses",
        skill="arithmetic",
        prompt=(
            "One hose fills a paddling pool in 6 hours and another fills it in 3 hours. How long do both take together?"
        ),
        answer="Together they take 2 hours.",
        points=(
            "The first hose fills one sixth of the pool per hour.",
            "The second hose fills one third of the pool per hour.",
            "Adding the rates gives one half of the pool per hour.",
            "The result must lie below 3 hours, because the faster hose alone already manages that.",
        ),
        wrong=("Together they take 4.5 hours.", "Together they take 9 hours."),
        slips=("One sixth plus one third is two ninths.", "With two hoses the filling times have to be added up."),
    ),
    SimTask(
        id="fuel-trip",
        skill="arithmetic",
        prompt=(
            "My car uses 6.5 litres of petrol per 100 km. What does a trip of 420 km cost if a litre costs 1.80 euros?"
        ),
        answer="The petrol for the trip costs 49.14 euros.",
        points=(
            "The trip needs 4.2 times 6.5 litres, which is 27.3 litres.",
            "Multiplying the litres by the price of 1.80 euros gives the cost.",
            "That is about 11.7 cents per kilometre.",
            "Real consumption depends on speed, load and traffic, so treat the result as an estimate.",
        ),
        wrong=("The petrol for the trip costs 58.14 euros.", "The petrol for the trip costs 27.30 euros."),
        slips=(
            "For 420 km the car needs about 32 litres.",
            "At this consumption the car gets 6.5 kilometres out of one litre.",
        ),
    ),
    SimTask(
        id="handshakes",
        skill="arithmetic",
        prompt="Eight people meet and everyone shakes hands with everyone else once. How many handshakes is that?",
        answer="That is 28 handshakes.",
        points=(
            "Each of the 8 people shakes 7 hands, which makes 56 when counted from both sides.",
            "Every handshake involves two people, so the double count has to be halved.",
            "The general formula is n times (n minus 1), divided by 2.",
            "The sum 7 + 6 + 5 + 4 + 3 + 2 + 1 leads to the same number.",
        ),
        wrong=("That is 56 handshakes.", "That is 64 handshakes."),
        slips=(
            "Each person shakes 8 hands, because everyone greets themselves too.",
            "A ninth person would add only one more handshake.",
        ),
    ),
    SimTask(
        id="miles-to-km",
        skill="conversion",
        prompt="How many kilometres are 26.2 miles?",
        answer="26.2 miles are about 42.2 kilometres.",
        points=(
            "One mile is 1.609344 kilometres.",
            "This is roughly the length of a marathon, whose official distance is 42.195 kilometres.",
            "A quick estimate is to multiply the miles by 8 and divide by 5.",
            "To go the other way, divide the kilometres by about 1.609.",
        ),
        wrong=("26.2 miles are about 16.3 kilometres.", "26.2 miles are about 52.4 kilometres."),
        slips=("One mile is exactly 1.5 kilometres.", "A nautical mile is shorter than an ordinary mile."),
    ),
    SimTask(
        id="fahrenheit-body",
        skill="conversion",
        prompt="What is 98.6 degrees Fahrenheit in Celsius?",
        answer="It is 37 degrees Celsius.",
        points=(
            "Subtract 32 first, which leaves 66.6.",
            "Then multiply by 5 and divide by 9.",
            "This value is the traditional figure for normal human body temperature.",
            "The two scales show the same number at minus 40 degrees.",
        ),
        wrong=("It is 35 degrees Celsius.", "It is 54.8 degrees Celsius."),
        slips=(
            "Water freezes at 0 degrees Fahrenheit.",
            "A step of one degree Fahrenheit is larger than a step of one degree Celsius.",
        ),
    ),
    SimTask(
        id="cups-to-ml",
        skill="conversion",
        prompt="How many millilitres are 2.5 US cups?",
        answer="2.5 US cups are about 591 millilitres.",
        points=(
            "One US cup holds about 236.6 millilitres.",
            "Some recipes use a metric cup of 250 millilitres, which would give 625 millilitres.",
            "The US customary cup is defined as 8 US fluid ounces.",
            "For flour or sugar, weighing in grams is more reliable than measuring by volume.",
        ),
        wrong=("2.5 US cups are about 375 millilitres.", "2.5 US cups are about 946 millilitres."),
        slips=(
            "One US cup equals half a litre.",
            "A US fluid ounce and an ounce of weight are the same measure.",
        ),
    ),
    SimTask(
        id="kmh-to-ms",
        skill="conversion",
        prompt="How fast is 90 km/h in metres per second?",
        answer="90 km/h is 25 metres per second.",
        points=(
            "One kilometre has 1,000 metres and one hour has 3,600 seconds.",
            "Dividing km/h by 3.6 gives metres per second.",
            "At that speed a car covers a 100 metre track in 4 seconds.",
            "For the reverse direction, multiply by 3.6.",
        ),
        wrong=("90 km/h is 324 metres per second.", "90 km/h is 15 metres per second."),
        slips=(
            "One hour has 6,000 seconds.",
            "A speed in metres per second is always a larger number than the same speed in km/h.",
        ),
    ),
    SimTask(
        id="acres-to-sqm",
        skill="conversion",
        prompt="How many square metres are 3 acres?",
        answer="3 acres are about 12,141 square metres.",
        points=(
            "One acre is about 4,047 square metres.",
            "That is a little more than 1.2 hectares.",
            "The acre was historically the land that a team of oxen could plough in a day.",
            "Laid out as a square, it would measure about 110 metres on each side.",
        ),
        wrong=("3 acres are about 30,000 square metres.", "3 acres are about 7,413 square metres."),
        slips=("One acre is the same as one hectare.", "A hectare has 1,000 square metres."),
    ),
    SimTask(
        id="download-time",
        skill="conversion",
        prompt="How long does it take to download a 4 gigabyte file over a connection of 50 megabits per second?",
        answer="The download takes about 10 minutes and 40 seconds.",
        points=(
            "One byte has 8 bits, so 4 gigabytes are 32,000 megabits.",
            "Dividing 32,000 by 50 gives 640 seconds.",
            "Real downloads take a bit longer, because protocols add overhead and lines are rarely fully used.",
            "Mind the letters: a small b usually stands for bits and a capital B for bytes.",
        ),
        wrong=("The download takes about 80 seconds.", "The download takes about 1 hour and 20 minutes."),
        slips=("One byte has 10 bits.", "A gigabyte is 100 megabytes."),
    ),
    SimTask(
        id="stone-to-kg",
        skill="conversion",
        prompt="My scale says 11 stone 4 pounds. What is that in kilograms?",
        answer="That is about 71.7 kilograms.",
        points=(
            "One stone is 14 pounds.",
            "11 stone and 4 pounds make 158 pounds in total.",
            "One pound is defined as 0.45359237 kilograms.",
            "The stone is still commonly used for body weight in the United Kingdom and Ireland.",
        ),
        wrong=("That is about 79.0 kilograms.", "That is about 64.2 kilograms."),
        slips=("One stone is 10 pounds.", "A pound is a little heavier than half a kilogram."),
    ),
    SimTask(
        id="knights-knaves",
        skill="logic",
        prompt=(
            "On an island knights always tell the truth and knaves always lie. Anna says: Bert and I are both "
            "knaves. What are Anna and Bert?"
        ),
        answer="Anna is a knave and Bert is a knight.",
        points=(
            "If Anna were a knight, her true statement would make her a knave, which is a contradiction.",
            "So Anna lies, and it is false that both are knaves.",
            "Since Anna is a knave herself, her sentence can only be false if Bert is none.",
            "Nobody on such an island can ever say the sentence: I am a knave.",
        ),
        wrong=("Anna and Bert are both knaves.", "Anna is a knight and Bert is a knave."),
        slips=(
            "A knave on this island may sometimes say something true.",
            "Anna's statement is true, because she describes herself correctly.",
        ),
    ),
    SimTask(
        id="three-boxes",
        skill="logic",
        prompt=(
            "Three boxes are labelled apples, oranges, and mixed, and every label is wrong. From which box should"
            " I take one fruit to find out all the contents?"
        ),
        answer="Take one fruit from the box labelled mixed.",
        points=(
            "Because its label is wrong, that box contains only one kind of fruit.",
            "If you draw an apple, everything else in the same box is an apple too.",
            "In that case the box labelled oranges must hold the mixture, since it can be neither oranges nor apples.",
            "The oranges are then left for the box with the apples label.",
        ),
        wrong=("Take one fruit from the box labelled apples.", "Take one fruit from the box labelled oranges."),
        slips=("At least one of the three labels may be correct.", "You need to draw from two boxes to be sure."),
    ),
    SimTask(
        id="father-daughter",
        skill="logic",
        prompt=(
            "A father is four times as old as his daughter. In 20 years he will be twice as old as she is. How "
            "old are they now?"
        ),
        answer="The daughter is 10 and the father is 40.",
        points=(
            "With d for the daughter's age, the father's age today is 4d.",
            "The second condition reads 4d + 20 = 2 (d + 20).",
            "Solving the equation gives 2d = 20.",
            "The check works: in 20 years they will be 30 and 60.",
        ),
        wrong=("The daughter is 12 and the father is 48.", "The daughter is 20 and the father is 80."),
        slips=(
            "In 20 years the daughter will be 40.",
            "The ratio of two people's ages stays the same over the years.",
        ),
    ),
    SimTask(
        id="roses-fade",
        skill="logic",
        prompt="All roses are flowers. Some flowers fade quickly. Does it follow that some roses fade quickly?",
        answer="No, it does not follow that some roses fade quickly.",
        points=(
            "The flowers that fade quickly could all be flowers other than roses.",
            "The premises are compatible with a world in which every rose lasts long.",
            "The conclusion may happen to be true, but the premises do not force it.",
            "It would follow if all flowers faded quickly and at least one rose existed.",
        ),
        wrong=("Yes, it follows that some roses fade quickly.", "Yes, it even follows that all roses fade quickly."),
        slips=(
            "The first premise says that all flowers are roses.",
            "An argument is valid whenever its conclusion is true.",
        ),
    ),
    SimTask(
        id="river-crossing",
        skill="logic",
        prompt=(
            "A farmer must ferry a wolf, a goat and a cabbage across a river, and the boat holds only one of them"
            " besides him. What should he take across first?"
        ),
        answer="He should take the goat across first.",
        points=(
            "The wolf and the cabbage can safely stay together, because wolves do not eat cabbage.",
            "On his second trip he carries the wolf or the cabbage over and brings the goat back.",
            "Then he ferries the remaining item and finally returns for the goat.",
            "The whole puzzle can be solved in 7 crossings.",
        ),
        wrong=("He should take the wolf across first.", "He should take the cabbage across first."),
        slips=(
            "The goat and the cabbage can be left alone together without a problem.",
            "The puzzle needs at least 11 crossings.",
        ),
    ),
    SimTask(
        id="monty-hall",
        skill="logic",
        prompt=(
            "In the Monty Hall game there are three doors, the host knows where the car is and opens a goat door "
            "after my pick. Should I switch, and what is my chance if I do?"
        ),
        answer="Yes, switch: you then win with a probability of 2/3.",
        points=(
            "Your first pick is right with a probability of 1/3, and opening a goat door does not change that.",
            "Switching wins exactly when the first pick was wrong.",
            "The host's choice carries information, because he never opens the door with the car.",
            "With 100 doors, 98 of them opened, the advantage becomes obvious.",
        ),
        wrong=(
            "It does not matter: you win with a probability of 1/2 either way.",
            "No, stay: you then win with a probability of 2/3.",
        ),
        slips=(
            "The host opens one of the doors at random in this game.",
            "The first pick is right with a probability of 1/2.",
        ),
    ),
    SimTask(
        id="clock-angle",
        skill="logic",
        prompt="What is the angle between the hands of a clock at 3:30?",
        answer="The angle is 75 degrees.",
        points=(
            "At half past, the minute hand points to the 6, which is 180 degrees from the top.",
            "The hour hand stands halfway between 3 and 4, at 105 degrees.",
            "The hour hand moves half a degree per minute, so in 30 minutes it moves 15 degrees.",
            "Subtracting the two positions, 180 minus 105, gives the angle.",
        ),
        wrong=("The angle is 90 degrees.", "The angle is 105 degrees."),
        slips=("At 3:30 the hour hand points exactly at the 3.", "The minute hand moves 12 degrees per minute."),
    ),
    SimTask(
        id="sock-drawer",
        skill="logic",
        prompt=(
            "A drawer holds 10 black and 10 blue socks. How many must I take out in the dark to be sure of a "
            "matching pair?"
        ),
        answer="You must take out 3 socks.",
        points=(
            "With two socks you could still hold one black and one blue.",
            "The third sock must match one of the others, because there are only two colours.",
            "This is an instance of the pigeonhole principle.",
            "To be sure of a pair in one particular colour, you would need 12 socks.",
        ),
        wrong=("You must take out 11 socks.", "You must take out 2 socks."),
        slips=(
            "With 50 socks of each colour you would have to take out more.",
            "Two socks taken in the dark always have the same colour.",
        ),
    ),
    SimTask(
        id="binary-search",
        skill="code",
        prompt="How many comparisons does binary search need at most in a sorted list of 1,000 items?",
        answer="Binary search needs at most 10 comparisons here.",
        points=(
            "Every step halves the part of the list that is still in question.",
            "The bound comes from 2 to the power of 10 being 1,024, which exceeds 1,000.",
            "The running time grows with the logarithm of the length, written O(log n).",
            "The list has to be sorted, otherwise the method may miss the item.",
        ),
        wrong=(
            "Binary search needs at most 500 comparisons here.",
            "Binary search needs at most 32 comparisons here.",
        ),
        slips=(
            "Doubling the length of the list doubles the number of comparisons.",
            "Binary search works on unsorted lists just as well.",
        ),
    ),
    SimTask(
        id="python-slice",
        skill="code",
        prompt="In Python, what does [1, 2, 3, 4, 5][1:4] give?",
        answer="It gives [2, 3, 4].",
        points=(
            "Indexes start at 0, so index 1 is the second item.",
            "The end of a slice is exclusive, so index 4 is not included.",
            "The length of such a slice is the end minus the start, here 3 items.",
            "Slicing makes a new list and leaves the original unchanged.",
        ),
        wrong=("It gives [1, 2, 3, 4].", "It gives [2, 3, 4, 5]."),
        slips=(
            "Python lists are indexed from 1.",
            "A slice that reaches beyond the end raises an IndexError.",
        ),
    ),
    SimTask(
        id="python-floor-division",
        skill="code",
        prompt="In Python, what is the result of -7 // 2 and why?",
        answer="The result is -4.",
        points=(
            "The operator // rounds down to the next lower whole number, not toward zero.",
            "The exact quotient is -3.5, which lies between -4 and -3.",
            "Python keeps the rule a == (a // b) * b + a % b, so -7 % 2 is 1.",
            "To cut toward zero instead, use int(-7 / 2), which gives -3.",
        ),
        wrong=("The result is -3.", "The result is the float -3.5."),
        slips=(
            "In Python, the sign of a % b always follows a.",
            "The operator // always returns a float.",
        ),
    ),
    SimTask(
        id="mutable-default",
        skill="code",
        prompt="Why does def add(x, items=[]) in Python keep items from earlier calls?",
        answer="The default list is created once, when the function is defined, and every call shares it.",
        points=(
            "Calls that do not pass items therefore append to the same list object.",
            "The usual remedy is items=None and a fresh list inside the function body.",
            "Immutable defaults such as numbers or strings do not cause this surprise.",
            "The stored defaults can be seen in the attribute __defaults__ of the function.",
        ),
        wrong=(
            "Python makes a new default list at each call and copies the old items into it.",
            "Lists in Python are always global variables.",
        ),
        slips=(
            "The usual remedy is to write items=() and append to the tuple.",
            "Numbers as default values cause exactly the same problem.",
        ),
    ),
    SimTask(
        id="merge-sort",
        skill="code",
        prompt="What is the average running time of merge sort, and how does it compare with bubble sort?",
        answer="Merge sort takes O(n log n) on average, while bubble sort takes O(n^2).",
        points=(
            "Merge sort splits the list in halves, sorts each half and merges the results.",
            "There are about log n levels of splitting, and each level costs about n steps of merging.",
            "Merge sort keeps this bound in the worst case too.",
            "The price is extra memory, usually proportional to n.",
        ),
        wrong=(
            "Merge sort takes O(n^2) on average, while bubble sort takes O(n log n).",
            "Both merge sort and bubble sort take O(n) on average.",
        ),
        slips=(
            "On arrays, the usual merge sort needs no extra memory at all.",
            "Bubble sort is faster than merge sort on large random lists.",
        ),
    ),
    SimTask(
        id="stack-queue",
        skill="code",
        prompt="What is the difference between a stack and a queue?",
        answer="A stack gives back the item added last, and a queue gives back the item added first.",
        points=(
            "The two orders are called LIFO, last in first out, and FIFO, first in first out.",
            "A stack fits undo functions and nested function calls.",
            "A queue fits print jobs and breadth-first search.",
            "In Python, collections.deque serves for both, with fast operations at either end.",
        ),
        wrong=(
            "A stack gives back the item added first, and a queue gives back the item added last.",
            "A stack holds only numbers, and a queue holds only text.",
        ),
        slips=(
            "The standard breadth-first search keeps its nodes on a stack.",
            "Popping the first item off a long Python list is as fast as popping the last one.",
        ),
    ),
    SimTask(
        id="hex-2f",
        skill="code",
        prompt="What is the hexadecimal number 2F in decimal?",
        answer="It is 47 in decimal.",
        points=(
            "The digit F stands for 15.",
            "The leading 2 is worth 2 times 16, which is 32.",
            "Adding 32 and 15 gives the result.",
            "In binary the same number is 101111.",
        ),
        wrong=("It is 35 in decimal.", "It is 62 in decimal."),
        slips=("The digit F stands for 16.", "Hexadecimal has 12 different digits."),
    ),
    SimTask(
        id="sql-null",
        skill="code",
        prompt="Why does WHERE price = NULL return no rows in SQL?",
        answer="A comparison with NULL gives unknown instead of true, so no row passes.",
        points=(
            "The right way to ask is WHERE price IS NULL.",
            "SQL uses three truth values: true, false and unknown.",
            "The comparison price <> NULL yields no rows for the same reason.",
            "Functions such as COALESCE replace a missing value by one that can be compared.",
        ),
        wrong=(
            "NULL is the same as zero, so only prices of zero would match.",
            "The equals sign works for text columns only.",
        ),
        slips=(
            "In SQL, the comparison NULL = NULL is true.",
            "The SQL standard treats an empty string as NULL.",
        ),
    ),
    SimTask(
        id="git-undo",
        skill="code",
        prompt="How do I undo my last git commit but keep the changes in my files?",
        answer="Run git reset --soft HEAD~1 in your repository.",
        points=(
            "The changes stay in your working files and remain staged.",
            "The default mode, --mixed, keeps the changes too but unstages them.",
            "If the commit was already pushed, git revert is safer because it does not rewrite history.",
            "The undone commit can still be found with git reflog for a while.",
        ),
        wrong=(
            "Run git reset --hard HEAD~1 in your repository.",
            "Run git push --delete HEAD~1 in your repository.",
        ),
        slips=(
            "The option --hard keeps all changes in your files.",
            "The command git revert erases the commit from the history.",
        ),
    ),
)
