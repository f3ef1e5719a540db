"""What words mean in financial headlines, where a general lexicon is wrong or silent.

Phrases come before words (scanners/phrases.py). Valences are VADER's: from -4, as bad as can be
for who holds the stock, to +4.
"""

from collections.abc import Mapping
from types import MappingProxyType

_STRONG_UP = """soar soars soared soaring skyrocket skyrockets skyrocketed skyrocketing rocketed
rocketing surge surges surged surging"""
_UP = """jump jumps jumped jumping rally rallies rallied rallying spike spikes spiked spiking pop
pops popped leap leaps leaped leapt climb climbs climbed climbing rebound rebounds rebounded
rebounding outperform outperforms outperformed beat beats beating exceed exceeds exceeded exceeding
top tops topped topping crush crushes crushed crushing bullish upbeat upgrade upgrades upgraded
upsized-buyback accretive oversubscribed accelerate accelerates accelerating"""
_SOME_UP = """gain gains gained gaining rise rises rose rising higher up increase increases
increased increasing grow
grows grew growing growth advance advances advanced expand expands expanded
expansion strong stronger strength improve improves improved improving improvement recover recovers
recovered recovery boost boosts boosted boosting raise raises raised raising lift lifts lifted
lifting double doubles doubled triple triples tripled widen-margin record records profitable wins
win won awarded secures secured lands clears cleared approves approved approval grant grants granted
upheld landmark milestone cures cured regains regained averting averted resolves resolved settles
upside unveils breakthrough approvals rebate tailwind tailwinds momentum robust buyback buybacks
oversubscription effective bonanza impress impresses impressive traction authorizes"""
_STRONG_DOWN = """plunge plunges plunged plunging crash crashes crashed crashing crater craters
cratered cratering plummet plummets plummeted plummeting nosedive nosedives nosedived collapse
collapses collapsed collapsing bankruptcy bankrupt insolvency insolvent fraud fraudulent delist
delists delisted delisting worthless liquidation liquidate ponzi scam embezzlement"""
_DOWN = """tumble tumbles tumbled tumbling sink sinks sank sinking slump slumps slumped slumping
tank tanks tanked tanking dive dives dived diving slash slashes slashed slashing miss misses missed
missing downgrade downgrades downgraded underperform underperforms underperformed warn warns warned
warning warnings halt halts halted suspend suspends suspended suspension default defaults defaulted
probe probes probed investigation investigations investigates investigating lawsuit lawsuits sue
sues sued suing subpoena subpoenas subpoenaed recall recalls recalled breach breaches cyberattack
hacked layoff layoffs resigns resigned resignation dilution dilutive dilutes restate restates
restated restatement impairment impairments writedown writedowns write-down write-off writeoff
bearish indicted indictment arrested violation violations violated infringed infringes infringement
discontinued discontinues discontinue terminates terminated termination terminate futility toxicity
deficiency crackdown outage outages accuses accused alleges alleged misleading whistleblower
short-seller irregularities rejects rejected rejection disrupts disrupted disruption disruptions
invalidates invalidated invalid sanctions sanctioned fined idles idle outflows shortages shortage"""
_SOME_DOWN = """fall falls fell falling drop drops dropped dropping decline declines declined
declining slide slides slid sliding slip slips slipped slipping lower lowers lowered lowering down
cut cuts cutting decrease decreases decreased decreasing weak weaker weaken weakens weakened
weakening weakness soft softer slow slows slowed slowing slowdown shrink shrinks shrank shrinking
loss losses lost loses lose dump dumps dumped delay delays delayed delaying withdraws withdrew
withdrawn withdrawal injury injuries death deaths fail fails failed failing failure failures faulty
concern concerns fear fears headwind headwinds deficit deficits shortfall underwhelming cautious
closes-stores steps-down burns mounting strike strikes cancel cancels cancelled canceled
cancellations hurricane damages discounting charge charges short shorts tightens tightening bans
ban banned struggles struggling struggle disappoints disappointing disappointed"""
_NOTHING = """share shares stock stocks security securities trust fund funds interest energy united
please play plays playing alert alerts award awards fire mine mines vice crude foreign cancer
disease tumor tumors pain death-benefit kill severe chronic infection infections depression
migraine anxiety obesity emergency care healthcare health like best better great good grand
super superior hope dream dreams love fun free freedom fortune fortunes true smart solution
solutions prime premium special gross tax taxes debt debts liability liabilities capital novel
creative innovation innovative innovate champion champions heroes hero safe safety safely pretty
kind well wealth wealthy treasure treasury credit credits value values legal commit committed
commitment commitments defense defence weapon weapons missile missiles war combat fight fighter
fighters battle chance chances agree agrees agreed agreement agreements join joins joined support
supports supported help helps benefit benefits beneficial opportunity opportunities favorite
original dynamic adventure paradise heaven bless blessing comfort entertainment festival gift gifts
glory golden gold harmony ideal inspire joy lucky merry natural novelty perfect pleasant
positive-airway romance sunshine sweet treat treats trial trials intelligent intelligence honor
award-winning active actively alone argue arguments avoid bomb catch certain clean clear
critical cry dark dead devil doubt drag easy engage engaged engages escape exclusive expose extreme
fatal fine flu ghost haunt hard hell hurt ill leave leaves like limited low mad monster murder
natural no nuclear number odd pay pays pity pressure punch rebel risk risks riot rough sad serious
shock short-interest sick sorry stop stops strange stroke threat tough trap tumor victim villain
virus vision wild winner winners worry wrong yes huge ha bar charm crazy demand demands
engagement enjoy exploration explore explores fresh gallant greet gun help hug idol
importance important interesting invite justice kindly lively matter mercy miracle nice promise
promises proud relief respect reward rewards rich sincere sparkle spirit strike-price sunny talent
thank thanks thrill tender trauma treasures trouble trusted truth visionary welcome welcomes
worth worthy yeah challenge challenges dispute hurts kills outstanding straight vitality lag"""
_OTHER = {
    "profit": 0.0,
    "profits": 0.0,
    "growth": 1.0,
    "expands": 0.8,
    "expand": 0.8,
    "approves": 0.6,
    "dip": -1.5,
    "dips": -1.5,
    "dipped": -1.5,
    "dismal": -2.4,
    "poor": -1.8,
    "sluggish": -1.6,
    "retreats": -1.5,
    "halves": -2.0,
    "investigational": 0.0,
    "dismisses": 1.5,
    "dismissed": 1.5,
    "dismiss": 1.5,
    "repurchase": 1.8,
    "special-dividend": 2.0,
    "bumper": 1.8,
    "takeover": 2.2,
    "buyout": 2.4,
    "acquire": 0.4,
    "acquires": 0.6,
    "partnership": 1.3,
    "partners": 1.0,
    "collaboration": 1.1,
    "junk": -2.4,
    "toxic": -2.2,
    "dilute": -2.2,
    "selloff": -2.2,
    "sell-off": -2.2,
    "opposes": -1.5,
    "blocks": -1.8,
    "block": -1.6,
    "overhang": -1.2,
    "crisis": -2.0,
    "recession": -1.8,
    "turnaround": 1.4,
    "uplisting": 1.8,
    "uplist": 1.8,
    "undervalued": 1.3,
    "overvalued": -1.5,
    "reaffirms": 0.8,
    "reaffirmed": 0.8,
    "unchanged": 0.0,
}


def _table() -> Mapping[str, float]:
    lists = (
        (_NOTHING, 0.0),
        (_SOME_UP, 1.5),
        (_UP, 2.2),
        (_STRONG_UP, 3.0),
        (_SOME_DOWN, -1.5),
        (_DOWN, -2.2),
        (_STRONG_DOWN, -3.2),
    )
    words = {word: valence for text, valence in lists for word in text.split()}
    return MappingProxyType(words | _OTHER)


WORDS = _table()
"""Word -> valence; 0 silences a word that means nothing here."""
