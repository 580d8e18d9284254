-- A journal of schema version 2: two comparisons by a jury on simulated models.
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
INSERT INTO "asks" VALUES('c00000','ab','juror_1',0,1,'a5163568804136d7','sim/weak','{"messages":[{"role":"system","content":"You are an impartial judge of two answers to one question. Weigh helpfulness, relevance, accuracy, depth, creativity and level of detail. Neither the order in which answers are shown nor their length may sway you.\n\nFirst give your reasons in two or three sentences. Then end with exactly these two lines:\nScore A: X/10\nScore B: Y/10"},{"role":"user","content":"<question>\nWhat is the capital of Australia?\n</question>\n\n<answer_a>\nIt is Canberra, which was founded as the capital in 1913.\n</answer_a>\n\n<answer_b>\nSydney, of course: the largest city of the country.\n</answer_b>"}],"sampling":{"temperature":0.0,"max_tokens":1024},"reply":"Vote/combined-10"}','I prefer the first answer. The first answer reads more clearly.

Score A: 10/10
Score B: 4/10','stop',136,23,0,0,'sim/weak',NULL,4.54999999999999960031e-01,1,NULL,1.7958109412797398567e+09,'0',0.0,0.0,NULL,0);
INSERT INTO "asks" VALUES('c00000','ba','juror_1',0,1,'76d6dffbb93d64e4','sim/weak','{"messages":[{"role":"system","content":"You are an impartial judge of two answers to one question. Weigh helpfulness, relevance, accuracy, depth, creativity and level of detail. Neither the order in which answers are shown nor their length may sway you.\n\nFirst give your reasons in two or three sentences. Then end with exactly these two lines:\nScore A: X/10\nScore B: Y/10"},{"role":"user","content":"<question>\nWhat is the capital of Australia?\n</question>\n\n<answer_a>\nSydney, of course: the largest city of the country.\n</answer_a>\n\n<answer_b>\nIt is Canberra, which was founded as the capital in 1913.\n</answer_b>"}],"sampling":{"temperature":0.0,"max_tokens":1024},"reply":"Vote/combined-10"}','I prefer the second answer. The second answer reads more clearly.

Score A: 4/10
Score B: 10/10','stop',136,23,0,0,'sim/weak',NULL,4.58333333333333314829e-01,1,NULL,1.79581094128030443191e+09,'0',0.0,0.0,NULL,0);
INSERT INTO "asks" VALUES('c00000','ab','juror_2',0,1,'3f64052ab6d7ed1c','sim/mid','{"messages":[{"role":"system","content":"You are an impartial judge of two answers to one question. Weigh helpfulness, relevance, accuracy, depth, creativity and level of detail. Neither the order in which answers are shown nor their length may sway you.\n\nFirst give your reasons in two or three sentences. Then end with exactly these two lines:\nScore A: X/10\nScore B: Y/10"},{"role":"user","content":"<question>\nWhat is the capital of Australia?\n</question>\n\n<answer_a>\nIt is Canberra, which was founded as the capital in 1913.\n</answer_a>\n\n<answer_b>\nSydney, of course: the largest city of the country.\n</answer_b>"}],"sampling":{"temperature":0.0,"max_tokens":1024},"reply":"Vote/combined-10"}','I see no clear difference between the two answers. Their strengths and weaknesses balance out.

Score A: 6/10
Score B: 6/10','stop',136,30,0,0,'sim/mid',NULL,0.684375,1,NULL,1.79581094128068208693e+09,'0',0.0,0.0,NULL,0);
INSERT INTO "asks" VALUES('c00000','ba','juror_2',0,1,'cf94b093035868d1','sim/mid','{"messages":[{"role":"system","content":"You are an impartial judge of two answers to one question. Weigh helpfulness, relevance, accuracy, depth, creativity and level of detail. Neither the order in which answers are shown nor their length may sway you.\n\nFirst give your reasons in two or three sentences. Then end with exactly these two lines:\nScore A: X/10\nScore B: Y/10"},{"role":"user","content":"<question>\nWhat is the capital of Australia?\n</question>\n\n<answer_a>\nSydney, of course: the largest city of the country.\n</answer_a>\n\n<answer_b>\nIt is Canberra, which was founded as the capital in 1913.\n</answer_b>"}],"sampling":{"temperature":0.0,"max_tokens":1024},"reply":"Vote/combined-10"}','I see no clear difference between the two answers. Their strengths and weaknesses balance out.

Score A: 6/10
Score B: 5.5/10','stop',136,31,0,0,'sim/mid',NULL,0.690625,1,NULL,1.79581094128104233739e+09,'0',0.0,0.0,NULL,0);
INSERT INTO "asks" VALUES('c00000','ab','juror_3',0,1,'c217592e52cbb394','sim/strong','{"messages":[{"role":"system","content":"You are an impartial judge of two answers to one question. Weigh helpfulness, relevance, accuracy, depth, creativity and level of detail. Neither the order in which answers are shown nor their length may sway you.\n\nFirst give your reasons in two or three sentences. Then end with exactly these two lines:\nScore A: X/10\nScore B: Y/10"},{"role":"user","content":"<question>\nWhat is the capital of Australia?\n</question>\n\n<answer_a>\nIt is Canberra, which was founded as the capital in 1913.\n</answer_a>\n\n<answer_b>\nSydney, of course: the largest city of the country.\n</answer_b>"}],"sampling":{"temperature":0.0,"max_tokens":1024},"reply":"Vote/combined-10"}','The second answer is the stronger one. The second answer reads more clearly.

Score A: 5/10
Score B: 7/10','stop',136,26,0,0,'sim/strong',NULL,1.125,1,NULL,1.79581094128145289418e+09,'0',0.0,0.0,NULL,0);
INSERT INTO "asks" VALUES('c00000','ba','juror_3',0,1,'d3f13a6d49d7fef8','sim/strong','{"messages":[{"role":"system","content":"You are an impartial judge of two answers to one question. Weigh helpfulness, relevance, accuracy, depth, creativity and level of detail. Neither the order in which answers are shown nor their length may sway you.\n\nFirst give your reasons in two or three sentences. Then end with exactly these two lines:\nScore A: X/10\nScore B: Y/10"},{"role":"user","content":"<question>\nWhat is the capital of Australia?\n</question>\n\n<answer_a>\nSydney, of course: the largest city of the country.\n</answer_a>\n\n<answer_b>\nIt is Canberra, which was founded as the capital in 1913.\n</answer_b>"}],"sampling":{"temperature":0.0,"max_tokens":1024},"reply":"Vote/combined-10"}','I prefer the first answer. The first answer reads more clearly.

Score A: 7/10
Score B: 4.5/10','stop',136,23,0,0,'sim/strong',NULL,1.06999999999999984012e+00,1,NULL,1.7958109412818243503e+09,'0',0.0,0.0,NULL,0);
INSERT INTO "asks" VALUES('c00001','ab','juror_1',0,1,'c8ecf7883bdc0f4f','sim/weak','{"messages":[{"role":"system","content":"You are an impartial judge of two answers to one question. Weigh helpfulness, relevance, accuracy, depth, creativity and level of detail. Neither the order in which answers are shown nor their length may sway you.\n\nFirst give your reasons in two or three sentences. Then end with exactly these two lines:\nScore A: X/10\nScore B: Y/10"},{"role":"user","content":"<question>\nWhy is the sky blue?\n</question>\n\n<answer_a>\nBecause air scatters short waves more strongly than long ones.\n</answer_a>\n\n<answer_b>\nIt mirrors the sea.\n\nThe sea is blue, as everybody can see for themselves — \"blue\".\n</answer_b>"}],"sampling":{"temperature":0.0,"max_tokens":1024},"reply":"Vote/combined-10"}','The second answer is better. The second answer gets to the point more directly.

Score A: 4/10
Score B: 5.5/10','stop',142,27,0,0,'sim/weak',NULL,4.83333333333333281522e-01,1,NULL,1.79581094128637266159e+09,'0',0.0,0.0,NULL,0);
INSERT INTO "asks" VALUES('c00001','ba','juror_1',0,1,'271e0aaa31ae4eaf','sim/weak','{"messages":[{"role":"system","content":"You are an impartial judge of two answers to one question. Weigh helpfulness, relevance, accuracy, depth, creativity and level of detail. Neither the order in which answers are shown nor their length may sway you.\n\nFirst give your reasons in two or three sentences. Then end with exactly these two lines:\nScore A: X/10\nScore B: Y/10"},{"role":"user","content":"<question>\nWhy is the sky blue?\n</question>\n\n<answer_a>\nIt mirrors the sea.\n\nThe sea is blue, as everybody can see for themselves — \"blue\".\n</answer_a>\n\n<answer_b>\nBecause air scatters short waves more strongly than long ones.\n</answer_b>"}],"sampling":{"temperature":0.0,"max_tokens":1024},"reply":"Vote/combined-10"}','I prefer the first answer. The first answer gets to the point more directly.

Score A: 6/10
Score B: 3/10','stop',142,26,0,0,'sim/weak',NULL,0.475,1,NULL,1.79581094128691744803e+09,'0',0.0,0.0,NULL,0);
INSERT INTO "asks" VALUES('c00001','ab','juror_2',0,1,'aa6087166f38744c','sim/mid','{"messages":[{"role":"system","content":"You are an impartial judge of two answers to one question. Weigh helpfulness, relevance, accuracy, depth, creativity and level of detail. Neither the order in which answers are shown nor their length may sway you.\n\nFirst give your reasons in two or three sentences. Then end with exactly these two lines:\nScore A: X/10\nScore B: Y/10"},{"role":"user","content":"<question>\nWhy is the sky blue?\n</question>\n\n<answer_a>\nBecause air scatters short waves more strongly than long ones.\n</answer_a>\n\n<answer_b>\nIt mirrors the sea.\n\nThe sea is blue, as everybody can see for themselves — \"blue\".\n</answer_b>"}],"sampling":{"temperature":0.0,"max_tokens":1024},"reply":"Vote/combined-10"}','The second answer is better. The second answer reads more clearly.

Score A: 2.5/10
Score B: 6.5/10','stop',142,24,0,0,'sim/mid',NULL,0.609375,1,NULL,1.79581094128725361823e+09,'0',0.0,0.0,NULL,0);
INSERT INTO "asks" VALUES('c00001','ba','juror_2',0,1,'f86e91835aaa492b','sim/mid','{"messages":[{"role":"system","content":"You are an impartial judge of two answers to one question. Weigh helpfulness, relevance, accuracy, depth, creativity and level of detail. Neither the order in which answers are shown nor their length may sway you.\n\nFirst give your reasons in two or three sentences. Then end with exactly these two lines:\nScore A: X/10\nScore B: Y/10"},{"role":"user","content":"<question>\nWhy is the sky blue?\n</question>\n\n<answer_a>\nIt mirrors the sea.\n\nThe sea is blue, as everybody can see for themselves — \"blue\".\n</answer_a>\n\n<answer_b>\nBecause air scatters short waves more strongly than long ones.\n</answer_b>"}],"sampling":{"temperature":0.0,"max_tokens":1024},"reply":"Vote/combined-10"}','The first answer is better. The first answer reads more clearly.

Score A: 6.5/10
Score B: 2/10','stop',142,23,0,0,'sim/mid',NULL,0.596875,1,NULL,1.79581094128755736354e+09,'0',0.0,0.0,NULL,0);
INSERT INTO "asks" VALUES('c00001','ab','juror_3',0,1,'24191369e4f75d0b','sim/strong','{"messages":[{"role":"system","content":"You are an impartial judge of two answers to one question. Weigh helpfulness, relevance, accuracy, depth, creativity and level of detail. Neither the order in which answers are shown nor their length may sway you.\n\nFirst give your reasons in two or three sentences. Then end with exactly these two lines:\nScore A: X/10\nScore B: Y/10"},{"role":"user","content":"<question>\nWhy is the sky blue?\n</question>\n\n<answer_a>\nBecause air scatters short waves more strongly than long ones.\n</answer_a>\n\n<answer_b>\nIt mirrors the sea.\n\nThe sea is blue, as everybody can see for themselves — \"blue\".\n</answer_b>"}],"sampling":{"temperature":0.0,"max_tokens":1024},"reply":"Vote/combined-10"}','The second answer is better. The second answer reads more clearly.

Score A: 3/10
Score B: 5/10','stop',142,23,0,0,'sim/strong',NULL,1.075,1,NULL,1.7958109412878472805e+09,'0',0.0,0.0,NULL,0);
INSERT INTO "asks" VALUES('c00001','ba','juror_3',0,1,'5b0119ff794ea1fa','sim/strong','{"messages":[{"role":"system","content":"You are an impartial judge of two answers to one question. Weigh helpfulness, relevance, accuracy, depth, creativity and level of detail. Neither the order in which answers are shown nor their length may sway you.\n\nFirst give your reasons in two or three sentences. Then end with exactly these two lines:\nScore A: X/10\nScore B: Y/10"},{"role":"user","content":"<question>\nWhy is the sky blue?\n</question>\n\n<answer_a>\nIt mirrors the sea.\n\nThe sea is blue, as everybody can see for themselves — \"blue\".\n</answer_a>\n\n<answer_b>\nBecause air scatters short waves more strongly than long ones.\n</answer_b>"}],"sampling":{"temperature":0.0,"max_tokens":1024},"reply":"Vote/combined-10"}','I prefer the first answer. The first answer gets to the point more directly.

Score A: 5/10
Score B: 2.5/10','stop',142,26,0,0,'sim/strong',NULL,1.135,1,NULL,1.79581094128818297391e+09,'0',0.0,0.0,NULL,0);
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
INSERT INTO "conversations" VALUES('c00000',0,'{"prompt":{"chat":[{"role":"user","content":"What is the capital of Australia?"}]},"id":"capital","candidates":[{"text":"It is Canberra, which was founded as the capital in 1913."},{"text":"Sydney, of course: the largest city of the country."}],"models":["x/a","x/b"],"label":"A"}','e1f860b4379b487e','finished',1,'jury.0',NULL,NULL,1.79581094129592800136e+09,1.79581094127860975266e+09);
INSERT INTO "conversations" VALUES('c00001',1,'{"prompt":{"chat":[{"role":"user","content":"Why is the sky blue?"}]},"candidates":[{"text":"Because air scatters short waves more strongly than long ones."},{"text":"It mirrors the sea.\n\nThe sea is blue, as everybody can see for themselves — \"blue\"."}],"label":"A"}','3c328655f108fc4a','finished',1,'jury.0',NULL,NULL,1.79581094129600620269e+09,1.79581094127886629107e+09);
CREATE TABLE events (
        at REAL NOT NULL,
        event TEXT NOT NULL,                -- begun, stopped, ended, changes_accepted
        facts TEXT NOT NULL
    ) STRICT;
INSERT INTO "events" VALUES(1.79581094126851224896e+09,'begun','{"pid":27297,"total":2}');
INSERT INTO "events" VALUES(1.79581094129928255077e+09,'ended','{"reason":""}');
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
INSERT INTO "messages" VALUES('c00000','','user',0,0,'user.0','PromptMessage','{"chat":[{"role":"user","content":"What is the capital of Australia?"}],"reference":null}','[]',1.79581094127866911893e+09);
INSERT INTO "messages" VALUES('c00000','','candidate_1',0,0,'candidate_1.0','DraftMessage','{"text":"It is Canberra, which was founded as the capital in 1913.","truncated":false}','[]',1.79581094127876710886e+09);
INSERT INTO "messages" VALUES('c00000','','candidate_2',0,0,'candidate_2.0','DraftMessage','{"text":"Sydney, of course: the largest city of the country.","truncated":false}','[]',1.79581094127879190448e+09);
INSERT INTO "messages" VALUES('c00001','','user',0,0,'user.0','PromptMessage','{"chat":[{"role":"user","content":"Why is the sky blue?"}],"reference":null}','[]',1.79581094127888298041e+09);
INSERT INTO "messages" VALUES('c00001','','candidate_1',0,0,'candidate_1.0','DraftMessage','{"text":"Because air scatters short waves more strongly than long ones.","truncated":false}','[]',1.79581094127890396119e+09);
INSERT INTO "messages" VALUES('c00001','','candidate_2',0,0,'candidate_2.0','DraftMessage','{"text":"It mirrors the sea.\n\nThe sea is blue, as everybody can see for themselves — \"blue\".","truncated":false}','[]',1.79581094127891707423e+09);
INSERT INTO "messages" VALUES('c00000','ab','juror_1',0,1,'ab/juror_1.0','VoteMessage','{"decision":"A","score_a":10.0,"score_b":4.0,"out_of":10.0,"explanation":"I prefer the first answer. The first answer reads more clearly.\n\nScore A: 10/10\nScore B: 4/10","reason":null}','["user.0","candidate_1.0","candidate_2.0"]',1795810941.27974);
INSERT INTO "messages" VALUES('c00000','ba','juror_1',0,1,'ba/juror_1.0','VoteMessage','{"decision":"B","score_a":4.0,"score_b":10.0,"out_of":10.0,"explanation":"I prefer the second answer. The second answer reads more clearly.\n\nScore A: 4/10\nScore B: 10/10","reason":null}','["user.0","candidate_2.0","candidate_1.0"]',1.79581094128030395503e+09);
INSERT INTO "messages" VALUES('c00000','ab','juror_2',0,1,'ab/juror_2.0','VoteMessage','{"decision":"tie","score_a":6.0,"score_b":6.0,"out_of":10.0,"explanation":"I see no clear difference between the two answers. Their strengths and weaknesses balance out.\n\nScore A: 6/10\nScore B: 6/10","reason":null}','["user.0","candidate_1.0","candidate_2.0"]',1.79581094128068208693e+09);
INSERT INTO "messages" VALUES('c00000','ba','juror_2',0,1,'ba/juror_2.0','VoteMessage','{"decision":"A","score_a":6.0,"score_b":5.5,"out_of":10.0,"explanation":"I see no clear difference between the two answers. Their strengths and weaknesses balance out.\n\nScore A: 6/10\nScore B: 5.5/10","reason":null}','["user.0","candidate_2.0","candidate_1.0"]',1.79581094128104209895e+09);
INSERT INTO "messages" VALUES('c00000','ab','juror_3',0,1,'ab/juror_3.0','VoteMessage','{"decision":"B","score_a":5.0,"score_b":7.0,"out_of":10.0,"explanation":"The second answer is the stronger one. The second answer reads more clearly.\n\nScore A: 5/10\nScore B: 7/10","reason":null}','["user.0","candidate_1.0","candidate_2.0"]',1.79581094128145289418e+09);
INSERT INTO "messages" VALUES('c00000','ba','juror_3',0,1,'ba/juror_3.0','VoteMessage','{"decision":"A","score_a":7.0,"score_b":4.5,"out_of":10.0,"explanation":"I prefer the first answer. The first answer reads more clearly.\n\nScore A: 7/10\nScore B: 4.5/10","reason":null}','["user.0","candidate_2.0","candidate_1.0"]',1.79581094128182411186e+09);
INSERT INTO "messages" VALUES('c00001','ab','juror_1',0,1,'ab/juror_1.0','VoteMessage','{"decision":"B","score_a":4.0,"score_b":5.5,"out_of":10.0,"explanation":"The second answer is better. The second answer gets to the point more directly.\n\nScore A: 4/10\nScore B: 5.5/10","reason":null}','["user.0","candidate_1.0","candidate_2.0"]',1.79581094128637289999e+09);
INSERT INTO "messages" VALUES('c00001','ba','juror_1',0,1,'ba/juror_1.0','VoteMessage','{"decision":"A","score_a":6.0,"score_b":3.0,"out_of":10.0,"explanation":"I prefer the first answer. The first answer gets to the point more directly.\n\nScore A: 6/10\nScore B: 3/10","reason":null}','["user.0","candidate_2.0","candidate_1.0"]',1.79581094128691697115e+09);
INSERT INTO "messages" VALUES('c00001','ab','juror_2',0,1,'ab/juror_2.0','VoteMessage','{"decision":"B","score_a":2.5,"score_b":6.5,"out_of":10.0,"explanation":"The second answer is better. The second answer reads more clearly.\n\nScore A: 2.5/10\nScore B: 6.5/10","reason":null}','["user.0","candidate_1.0","candidate_2.0"]',1.79581094128725409506e+09);
INSERT INTO "messages" VALUES('c00001','ba','juror_2',0,1,'ba/juror_2.0','VoteMessage','{"decision":"A","score_a":6.5,"score_b":2.0,"out_of":10.0,"explanation":"The first answer is better. The first answer reads more clearly.\n\nScore A: 6.5/10\nScore B: 2/10","reason":null}','["user.0","candidate_2.0","candidate_1.0"]',1.79581094128755688671e+09);
INSERT INTO "messages" VALUES('c00001','ab','juror_3',0,1,'ab/juror_3.0','VoteMessage','{"decision":"B","score_a":3.0,"score_b":5.0,"out_of":10.0,"explanation":"The second answer is better. The second answer reads more clearly.\n\nScore A: 3/10\nScore B: 5/10","reason":null}','["user.0","candidate_1.0","candidate_2.0"]',1.79581094128784704211e+09);
INSERT INTO "messages" VALUES('c00001','ba','juror_3',0,1,'ba/juror_3.0','VoteMessage','{"decision":"A","score_a":5.0,"score_b":2.5,"out_of":10.0,"explanation":"I prefer the first answer. The first answer gets to the point more directly.\n\nScore A: 5/10\nScore B: 2.5/10","reason":null}','["user.0","candidate_2.0","candidate_1.0"]',1.79581094128818297391e+09);
INSERT INTO "messages" VALUES('c00000','','juror_1',0,2,'juror_1.0','VoteMessage','{"decision":"A","score_a":10.0,"score_b":4.0,"out_of":10.0,"explanation":"","reason":null}','["ab/juror_1.0","ba/juror_1.0"]',1.79581094129545497896e+09);
INSERT INTO "messages" VALUES('c00000','','juror_2',0,2,'juror_2.0','VoteMessage','{"decision":"inconsistent","score_a":5.75,"score_b":6.0,"out_of":10.0,"explanation":"","reason":null}','["ab/juror_2.0","ba/juror_2.0"]',1795810941.29558);
INSERT INTO "messages" VALUES('c00000','','juror_3',0,2,'juror_3.0','VoteMessage','{"decision":"B","score_a":4.75,"score_b":7.0,"out_of":10.0,"explanation":"","reason":null}','["ab/juror_3.0","ba/juror_3.0"]',1.79581094129562592511e+09);
INSERT INTO "messages" VALUES('c00001','','juror_1',0,2,'juror_1.0','VoteMessage','{"decision":"B","score_a":3.5,"score_b":5.75,"out_of":10.0,"explanation":"","reason":null}','["ab/juror_1.0","ba/juror_1.0"]',1.7958109412956609726e+09);
INSERT INTO "messages" VALUES('c00001','','juror_2',0,2,'juror_2.0','VoteMessage','{"decision":"B","score_a":2.25,"score_b":6.5,"out_of":10.0,"explanation":"","reason":null}','["ab/juror_2.0","ba/juror_2.0"]',1.79581094129569506642e+09);
INSERT INTO "messages" VALUES('c00001','','juror_3',0,2,'juror_3.0','VoteMessage','{"decision":"B","score_a":2.75,"score_b":5.0,"out_of":10.0,"explanation":"","reason":null}','["ab/juror_3.0","ba/juror_3.0"]',1.79581094129574394225e+09);
INSERT INTO "messages" VALUES('c00000','','jury',0,3,'jury.0','VerdictMessage','{"decision":"tie","score_a":null,"score_b":null,"out_of":null,"explanation":"1 A, 1 inconsistent, 1 B","reason":null}','["juror_1.0","juror_2.0","juror_3.0"]',1.79581094129587793347e+09);
INSERT INTO "messages" VALUES('c00001','','jury',0,3,'jury.0','VerdictMessage','{"decision":"B","score_a":null,"score_b":null,"out_of":null,"explanation":"3 B","reason":null}','["juror_1.0","juror_2.0","juror_3.0"]',1.7958109412959840298e+09);
CREATE TABLE run (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
INSERT INTO "run" VALUES('config','{"scenario":"jury","seed":3,"arguments":{"jurors":["agent juror_1","agent juror_2","agent juror_3"]},"agents":{"juror_1":{"role":"Juror","model":"sim/weak","system":"You are an impartial judge of two answers to one question. Weigh helpfulness, relevance, accuracy, depth, creativity and level of detail. Neither the order in which answers are shown nor their length may sway you.\n\nFirst give your reasons in two or three sentences. Then end with exactly these two lines:\nScore A: X/10\nScore B: Y/10","sampling":{"temperature":0.0,"max_tokens":1024},"repairs":1},"juror_2":{"role":"Juror","model":"sim/mid","system":"You are an impartial judge of two answers to one question. Weigh helpfulness, relevance, accuracy, depth, creativity and level of detail. Neither the order in which answers are shown nor their length may sway you.\n\nFirst give your reasons in two or three sentences. Then end with exactly these two lines:\nScore A: X/10\nScore B: Y/10","sampling":{"temperature":0.0,"max_tokens":1024},"repairs":1},"juror_3":{"role":"Juror","model":"sim/strong","system":"You are an impartial judge of two answers to one question. Weigh helpfulness, relevance, accuracy, depth, creativity and level of detail. Neither the order in which answers are shown nor their length may sway you.\n\nFirst give your reasons in two or three sentences. Then end with exactly these two lines:\nScore A: X/10\nScore B: Y/10","sampling":{"temperature":0.0,"max_tokens":1024},"repairs":1}}}');
INSERT INTO "run" VALUES('scenario','jury');
INSERT INTO "run" VALUES('n_items','2');
INSERT INTO "run" VALUES('origin','{"script":"/home/user/project/make_runs.py","arguments":[],"folder":"/home/user/project","overrides":{"prompts":null,"out":null,"config":null,"everyone":null,"models":{},"n":null,"seed":null}}');
INSERT INTO "run" VALUES('made_in','/home/user/project/runs/jury');
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
