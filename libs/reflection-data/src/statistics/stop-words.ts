/** English words of grammar, which say nothing about what a text is about. */
const TEXT = `
a about above across after again against all almost along also although always am among an and another any anyone
anything are around as at away back be became because become been before behind being below beside besides between both
but by can cannot could did do does doing done down during each either else enough even ever every everyone everything
few first for from further get gets getting give given gives go goes going got had has have having he hence her here hers
herself him himself his how however i if in indeed instead into is it its itself just last least less let like made make
makes making many may me might mine more moreover most much must my myself neither never next no nobody none nor not
nothing now of off often on once one only onto or other others otherwise our ours ourselves out over own per perhaps
quite rather really same second seem seemed seems several shall she should since so some somebody someone something
sometimes soon still such than that the their theirs them themselves then there therefore these they this those though
three through throughout thus to together too toward towards two under until up upon us used using very via was we well
were what whatever when whenever where whereas wherever whether which while who whoever whole whom whose why will with
within without would yet you your yours yourself yourselves
aren't can't couldn't didn't doesn't don't hadn't hasn't haven't he's i'm isn't it's let's shouldn't that's there's
they're wasn't we're weren't what's won't wouldn't you're
`;

export const STOP_WORDS: ReadonlySet<string> = new Set(TEXT.trim().split(/\s+/));
