"""What phrases mean in financial headlines: several words that say another thing than each.

Valences are VADER's: from -4, as bad as can be for who holds the stock, to +4.
"""

_PCT = r"(?:\$?[\d.,]+ ?(?:%|percent)?)"
PHRASES: tuple[tuple[str, float], ...] = (
    # Disputes that end.
    (
        r"(?:judge|court|jury|panel)[\w' ]{0,20}?(?:dismiss(?:es|ed)|toss(?:es|ed)|throws out|rules (?:for|in favou?r of))(?:[\w' ]{0,24}?(?:class action|lawsuit|suit|case|claims|charges))?|(?:lawsuit|class action|suit|case|charges) (?:is |was )?(?:dismissed|tossed|thrown out)",
        2.6,
    ),
    (
        r"reach(?:es|ed) (?:a )?settlement(?:[\w ,]{0,24}?(?:dispute|lawsuit|suit|strike|case))?|settles? (?:\w+ ){0,3}(?:lawsuit|dispute|suit|strike|case)",
        1.2,
    ),
    # What sounds bad and is good, and the other way round.
    (
        r"(?:loss|losses|deficit)(?: is| was)? (?:narrow(?:s|ed|er)?|shr[iau]nks?|smaller)\b[\w -]*",
        2.0,
    ),
    (
        r"(?:narrow(?:s|ed|er|ing)?|cuts?|trims?|reduc(?:es|ed)|smaller)[\w -]{0,28}? loss(?:es)?",
        2.0,
    ),
    (
        r"(?:loss|losses)[\w -]{0,20}?(?:wid(?:en|ens|ened|er)|grow|grows|grew|mount|mounts|deepens?)",
        -2.4,
    ),
    (r"(?:wider|bigger|larger|deeper)(?:[ -]than[ -]\w+)? [\w ]{0,12}?loss(?:es)?", -2.4),
    (r"swings? to (?:an? )?(?:\w+ )?(?:quarterly )?profit", 2.6),
    (r"swings? to (?:an? )?(?:\w+ )?loss", -2.6),
    (
        r"(?:smaller|better|narrower|less)[ -]than[ -](?:expected|feared|forecast|estimated)|better than (?:expected|feared)",
        2.2,
    ),
    (
        r"(?:worse|weaker|wider|lower|softer)[ -]than[ -](?:expected|feared|forecast|estimated)",
        -2.2,
    ),
    (
        r"(?:higher|stronger|larger)[ -]than[ -](?:expected|feared|forecast|estimated) (?:cost|costs|loss|losses|claims|charges)",
        -2.2,
    ),
    (r"(?:higher|stronger|larger)[ -]than[ -](?:expected|forecast|estimated)", 2.2),
    (
        r"costs? (?:cuts?|savings?|reductions?|ease|eases|fall|falls|drop)|(?:cuts?|reduces?|lowers?) costs",
        1.2,
    ),
    (r"(?:input |fuel |labor )?costs (?:surge|surges|rise|rises|soar|jump|climb|increase)s?", -1.6),
    (r"(?:lower|falling) (?:\w+ )?costs", 1.2),
    (
        r"(?:cuts?|trims?|reduces?) (?:its )?(?:debt|leverage)|debt[ -]free|repa(?:ys|id|ying) [\w $.]*?(?:debt|loan|notes)",
        1.8,
    ),
    (r"(?:bad|troubled|nonperforming) loans? (?:fall|falls|drop|drops|decline|declines|ease)", 1.8),
    (
        r"(?:cut|cuts|reduced?|lowered|reduces) (?:body )?(?:weight|cholesterol|blood pressure|mortality|relapses?|hospitali[sz]ations?|seizures|symptoms)",
        2.4,
    ),
    (
        r"(?:reduc(?:ed|es|ing)|lower(?:s|ed)|cuts?) (?:the )?risk of (?:death|relapse|stroke|heart attack|progression|hospitali[sz]ation)",
        2.8,
    ),
    (r"(?:short squeeze)", 2.6),
    (r"short (?:seller|report|position)s?", -2.0),
    (r"short interest|short sale volume", 0.0),
    (r"labou?r (?:dispute|deal)", 0.0),
    (r"averts?|averting", 1.6),
    (r"patent dispute|legal dispute|litigation", -0.6),
    # Guidance, estimates, ratings.
    (
        r"(?:raises?|raised|raising|lifts?|lifted|boosts?|boosted|hikes?|ups|increases?|increased|upgrades?)(?: its| the| their)? [\w' -]{0,26}?(?:guidance|outlook|forecasts?|views?|targets?|estimates?|range)",
        2.8,
    ),
    (
        r"(?:cuts?|lowers?|lowered|slashe[sd]|slash|reduces?|reduced|trims?|trimmed|withdraws?|withdrew|pulls?|suspends?|downgrades?)(?: its| the| their)? [\w' -]{0,26}?(?:guidance|outlook|forecasts?|views?|targets?|estimates?|range)",
        -2.8,
    ),
    (
        r"(?:guidance|outlook|forecast|target)(?: is| was)? (?:cut|lowered|slashed|reduced|withdrawn|trimmed|below|under|misses|disappoints)",
        -2.8,
    ),
    (
        r"(?:guidance|outlook|forecast|target)(?: is| was)? (?:raised|lifted|boosted|increased|above|tops|beats)",
        2.8,
    ),
    (
        r"(?:strong|upbeat|bullish|robust|solid|bumper|rosy)(?: \w+){0,2} (?:guidance|outlook|forecast|view)",
        2.4,
    ),
    (
        r"(?:weak|soft|downbeat|gloomy|disappointing|dim)(?: \w+){0,2} (?:guidance|outlook|forecast|view)",
        -2.4,
    ),
    (
        r"(?:above|over|tops?|topped|beats?|beat|exceed(?:s|ed|ing)?|surpass(?:es|ed|ing)?|ahead of|crush(?:es|ed|ing)?|better than)(?: the| its| all| \w+'s?)? (?:analysts?'? |street |wall street |consensus |profit |earnings |revenue |sales |q[1-4] |quarterly |market )*(?:estimates?|expectations?|consensus|forecasts?|views?|targets?)",
        2.6,
    ),
    (
        r"(?:below|under|miss(?:es|ed|ing)?|trails?|lags?|short of|behind|worse than)(?: the| its| all| \w+'s?)? (?:analysts?'? |street |wall street |consensus |profit |earnings |revenue |sales |q[1-4] |quarterly |market )*(?:estimates?|expectations?|consensus|forecasts?|views?|targets?)",
        -2.6,
    ),
    (r"(?:falls?|fell|fall|come|comes|came) short", -2.2),
    (
        r"(?:(?:upgrades?|upgraded|raises?|raised|lifts)[\w' &.-]{0,40}? to|initiat(?:es|ed)[\w' &.-]{0,40}? (?:with|at)|starts?[\w' &.-]{0,40}? (?:with|at)) (?:an? )?(?:strong )?(?:buy|overweight|outperform|positive|accumulate|investment grade)",
        2.8,
    ),
    (
        r"(?:(?:downgrades?|downgraded|lowers?|lowered|cuts?|cut)[\w' &.-]{0,40}? to|initiat(?:es|ed)[\w' &.-]{0,40}? (?:with|at)) (?:an? )?(?:strong )?(?:sell|underweight|underperform|reduce|negative|junk)",
        -2.8,
    ),
    (
        r"downgrade[sd]? [\w' &.-]{0,40}? to (?:neutral|hold|equal[ -]weight|market perform|sector perform|in[ -]line)",
        -2.2,
    ),
    (
        r"upgrade[sd]? [\w' &.-]{0,40}? to (?:neutral|hold|equal[ -]weight|market perform|sector perform|in[ -]line)",
        1.8,
    ),
    (
        r"(?:maintains?|reiterates?|keeps?|reaffirms?) (?:an? )?(?:strong )?(?:buy|overweight|outperform)",
        0.9,
    ),
    (
        r"(?:maintains?|reiterates?|keeps?|reaffirms?) (?:an? )?(?:strong )?(?:sell|underweight|underperform)",
        -0.9,
    ),
    (
        r"(?:maintains?|reiterates?|keeps?|reaffirms?) (?:an? )?(?:neutral|hold|equal[ -]weight|market perform)",
        0.0,
    ),
    (r"beats? on top|beats? .{0,16}top and bottom line", 2.6),
    (r"miss(?:es)? on (?:top|the top|both)[\w ]*", -2.6),
    (r"sees? " + _PCT + r" upside", 1.8),
    # Regulators of drugs and devices.
    (
        r"(?:fail(?:s|ed)?|failing|did not|does not|doesn't|didn't|unable) (?:to )?(?:meet|achieve|reach|hit|show)[\w -]{0,30}?(?:endpoints?|goals?|significance|benefit|objective)",
        -3.6,
    ),
    (r"miss(?:es|ed)? (?:the |its )?(?:\w+ ){0,2}(?:endpoints?|goals?)", -3.6),
    (
        r"(?:meets?|met|achiev(?:es|ed)|hits?|reach(?:es|ed))[\w -]{0,30}?(?:endpoints?|goals?|significance)",
        3.2,
    ),
    (r"statistically significant|clinically meaningful|proves \d+% effective", 2.4),
    (
        r"(?:positive|promising|encouraging|favou?rable|strong|robust|compelling) (?:[\w-]+ ){0,3}?(?:data|results?|topline|top-line|readout|findings|opinion)",
        2.8,
    ),
    (
        r"(?:negative|disappointing|mixed|poor) (?:[\w-]+ ){0,3}?(?:data|results?|topline|top-line|readout|findings|opinion)",
        -2.6,
    ),
    (
        r"(?:lifts?|lifted|removes?|removed|ends?|release[sd]?)[\w ']{0,12}?(?:full |partial )?clinical hold|clinical hold (?:is |was |has been )?(?:lifted|removed)",
        3.0,
    ),
    (r"(?:full |partial )?clinical hold", -3.0),
    (
        r"complete response letter|\bcrl\b|refus(?:al|e) to file|refuses to approve|declines? to approve",
        -3.2,
    ),
    (
        r"(?:fda|ema|european|eu|regulator)[\w' ]{0,24}?(?:approv(?:es|al|ed)|clear(?:s|ance|ed)|authori[sz](?:es|ation))(?: of| for)?",
        3.0,
    ),
    (r"recommends? approval|votes? (?:for|in favou?r)|backs approval", 2.8),
    (r"votes? against|panel rejects", -3.0),
    (
        r"breakthrough (?:therapy|device)(?: designation)?|fast[ -]track(?: designation)?|priority review|orphan drug(?: designation)?|accelerated approval|rmat designation",
        2.6,
    ),
    (r"510\(k\) clearance|510\(k\)|ce mark|emergency use authori[sz]ation", 2.4),
    (r"withdraws? (?:[\w']+ ){0,3}?application", -2.6),
    (
        r"(?:patient|trial) deaths?|liver (?:toxicity|injury|damage)|serious adverse|safety (?:concern|concerns|issue|issues|signal|violations?|cover-up)",
        -2.6,
    ),
    (r"placebo", 0.0),
    # Money raised, and what holders pay for it.
    (
        r"(?:announces? |prices? |launches? |commences? |files? (?:for )?)?(?:(?:the )?pricing of |proposed |upsized |underwritten |proposes? )*(?:\$[\d.,]+ ?(?:million|billion|m|b)? )?(?:upsized |underwritten )?(?:registered direct|public|secondary|at[ -]the[ -]market|follow[ -]on|equity|share|stock|convertible (?:senior )?notes?)(?: \w+){0,2} offering(?: program)?",
        -2.8,
    ),
    (
        r"at[ -]the[ -]market (?:offering|program|sales)|atm (?:program|offering)|shelf registration|private placement|warrant (?:exercise|inducement)",
        -1.6,
    ),
    (r"(?:prices?|proposes?|offering of)[\w $.,]{0,30}?convertible[\w ]* notes", -2.2),
    (r"reverse (?:stock |share )?split|\d+-for-\d+ reverse|share consolidation", -2.6),
    (r"strategic investment|invests? \$[\d.,]+ ?(?:million|billion) in", 1.8),
    (r"(?:debt|loan) refinancing|refinances|extends maturit(?:y|ies)", 1.2),
    (r"loan guarantees?", 2.0),
    (r"(?:receives?|earns?|triggers?|achieves?)[\w $.,]{0,24}?milestone(?: payment)?", 2.2),
    (
        r"(?:declares?|announces?|pays?|approves?|sets?) (?:its |a |an )?(?:regular )?(?:quarterly|monthly|annual|interim)(?: cash)? (?:dividend|distribution)",
        0.2,
    ),
    (r"special (?:cash )?dividend", 2.2),
    (
        r"(?:doubles|raises?|hikes?|increases?|boosts?|lifts?|ups)(?: its| the)?(?: \w+)? (?:dividend|payouts?|buyback|distribution)|dividend (?:increase|hike|boost)|higher payouts?",
        2.4,
    ),
    (
        r"(?:suspends?|cuts?|slashes|eliminates?|omits?|halves|reduces?)(?: its| the)?(?: \w+)? (?:dividend|payouts?|distribution)|dividend (?:cut|suspension)",
        -2.8,
    ),
    (r"(?:buyback|repurchase)(?: program| plan)?", 2.0),
    (
        r"insiders? buy(?:ing|s)?(?: shares)?|(?:ceo|cfo|director|insider)s?[\w' ]{0,24}? (?:buys|purchases|bought)",
        2.2,
    ),
    (
        r"insiders? sell(?:ing|s)?|(?:ceo|cfo|director|insider)s?[\w' ]{0,24}? (?:dumps|sells|sold)",
        -1.8,
    ),
    # Deals.
    (r"(?:to be|agrees to be|being) (?:acquired|bought|taken private)", 3.0),
    (
        r"(?:takeover|buyout|acquisition) (?:offer|bid|proposal|interest)|receives? (?:an? )?(?:unsolicited )?(?:offer|bid|proposal)|(?:explor(?:es|ing)|considers?|pushes for|weighs?) (?:a |potential |possible )*sale|per share (?:takeover|in cash)|definitive merger agreement|going private",
        2.6,
    ),
    (r"at (?:an? )?[\d.]+ ?% premium", 1.8),
    (
        r"(?:terminates?|scraps?|abandons?|calls off|ends|walks away from|drops)[\w ']{0,24}?(?:merger|deal|takeover|buyout|acquisition|agreement)|(?:merger|deal|takeover|talks)[\w ']{0,24}? (?:collapses?|falls? through|fails?|terminated|called off|scrapped)",
        -2.8,
    ),
    (r"(?:sues?|moves|seeks) to block|antitrust (?:lawsuit|probe|regulators? fine)", -3.4),
    (r"strategic alternatives", 0.6),
    (r"(?:discloses?|reveals?|takes?|builds?|acquires?)[\w' .%]{0,24}? stake", 1.8),
    (
        r"(?:joins?|to join|added to|inclusion in|set to join)(?: the)? (?:s&p|russell|nasdaq[ -]100|dow)[\w ]*",
        2.2,
    ),
    (r"(?:removed|dropped) from(?: the)? (?:s&p|russell|nasdaq[ -]100|dow)[\w ]*", -2.0),
    (
        r"(?:wins?|won|awarded|secures?|lands?|receives?|signs?|inks?|gets?|bags?)[\w $.,'-]{0,40}?(?:contracts?|orders?|deals?|agreements?|awards?|partnerships?)",
        2.4,
    ),
    (r"contract (?:award|win|worth)|supply (?:deal|agreement)|order backlog", 1.8),
    (
        r"(?:loses?|lost)[\w $.,'-]{0,30}?(?:contract|customer|client|license|licence|order)|customers? cancels?|cancels? orders?",
        -2.6,
    ),
    # Accounts, courts and listings.
    (
        r"chapter (?:11|7)|files? for bankruptcy(?: protection)?|bankruptcy(?: protection)?|receivership|regulators? takes? control",
        -3.6,
    ),
    (r"going[ -]concern(?: doubt)?|substantial doubt|run(?:s|ning)? out of (?:money|cash)", -3.2),
    (
        r"regain(?:s|ed)? compliance|cures? deficiency|transfer listing|lifts? suspension|resumes? trading",
        2.2,
    ),
    (
        r"(?:non-?compliance|notice of default|deficiency (?:notice|letter)|delisting (?:notice|determination)|delays? (?:annual|quarterly) report|unable to file)",
        -2.6,
    ),
    (
        r"(?:class action|securities fraud|investor lawsuit|shareholder alert|investor alert|lead plaintiff|rosen law|on behalf of (?:investors|shareholders))",
        -2.0,
    ),
    (r"(?:judge|court|jury) (?:rules|finds|sides) against", -2.4),
    (r"patents? (?:is |was )?upheld|upholds[\w' ]{0,20} patents?", 2.2),
    (r"(?:sec|doj|ftc|nhtsa|sec's) (?:charges?|probe|investigation|subpoenas?|sues|inquiry)", -2.8),
    (r"auditor resign(?:s|ed)|accounting (?:irregularities|fraud|errors?|scandal)", -3.0),
    (
        r"(?:all[ -]time|record|52[ -]week|multi[ -]year|new) highs?|hits? (?:a )?record(?: high)?",
        2.0,
    ),
    (r"(?:all[ -]time|record|52[ -]week|multi[ -]year|new) lows?", -2.0),
    (r"record (?:\w+ ){0,2}?(?:loss|losses|fine|recall|outflows|low|short)", -2.4),
    (r"record date|on record", 0.0),
    (r"stress test", 0.6),
    (
        r"lay(?:s|ing)? off|job cuts|cuts? (?:\d+% of )?(?:its )?(?:jobs|workforce|staff|workers)(?: by \d+%)?|workforce reduction|clos(?:e|es|ing) (?:\d+ )?(?:stores|locations|plants|factories)",
        -1.8,
    ),
    (
        r"(?:ceo|cfo|chief executive|chairman|president|founder)[\w ']{0,16}?(?:resigns?|steps? down|departs?|ousted|fired|quits|exits)",
        -1.8,
    ),
    (r"sales? (?:offices?|force|team|representative)", 0.0),
    (r"bets? rise", 0.0),
    (
        r"top (?:gainers|losers|stocks|picks|analyst|executive|line)|(?:annual|special) (?:general )?meeting|record date|opening bell",
        0.0,
    ),
    (r"rais(?:es|ed) \$[\d.,]+ ?(?:million|billion|m|b)", 0.9),
    (r"raises? (?:doubts?|concerns?|questions?|fears?)", -1.8),
    (
        r"(?:rise|rises|rose|increase|increases|up) in (?:costs?|debt|claims|loan losses|delinquencies|short interest)",
        -1.4,
    ),
    (r"margins? (?:expan(?:sion|ds?)|widens?|improves?)|margin expansion", 1.8),
    (r"margins? (?:shrinks?|contracts?|compress(?:es|ion)|falls?|drops?|squeeze)", -2.0),
    (
        r"(?:orders?|demand|sales|bookings|revenue) (?:weakens?|slumps?|dries up|evaporates?|slows?)",
        -2.2,
    ),
    (r"slow(?:s|ing)? (?:demand|growth|sales)|growth slows|demand slows", -2.0),
    (r"strong demand|demand (?:remains|is|stays) strong", 2.0),
    (r"(?:trading|trade|trades|moving|move|moves) (?:higher|up)", 2.0),
    (r"(?:trading|trade|trades|moving|move|moves) (?:lower|down)", -2.0),
    (r"(?:down|lower) " + _PCT, -1.8),
    (r"(?:up|higher) " + _PCT, 1.8),
    (r"(?:high|higher)-grade|discovers|discovery", 1.4),
    (r"(?:interest|higher) rates", 0.0),
    (
        r"(?:shares?|stock|stk) (?:is |are )?(?:up|rockets?|pops?)|rockets? (?:up|higher|by|past|\d+ ?%)",
        2.4,
    ),
    (r"(?:shares?|stock|stk) (?:is |are )?down", -2.4),
    (r"inducement grants?|(?:its|of|medical|the|public) records|supports?", 0.0),
    (r"(?:great|good|excellent) news", 2.2),
    (r"(?:bad|grim|terrible) news", -2.2),
    (r"\brecommends? (?:a )?sell(?:ing)?|clear sell", -2.2),
    (r"(?:share|stake) sale plan", -1.6),
)
"""Patterns over the lower-cased headline, each replaced by one word of the given valence before
words are looked up; earlier ones first.
"""
