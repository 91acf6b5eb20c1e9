export const TRAINING_PARTS = ['service', 'ranks'] as const;
export type TrainingPart = (typeof TRAINING_PARTS)[number];

/** @param only as it is given on the command line; all without it. @throws Error for what is no part */
export function trainingParts(only: string | undefined): readonly TrainingPart[] {
  const given = only?.split(',') ?? TRAINING_PARTS;
  const unknown = given.find((part) => !isPart(part));
  if (unknown !== undefined) {
    throw new Error(`--only: expected some of ${TRAINING_PARTS.join(',')}, received ${unknown}`);
  }
  return TRAINING_PARTS.filter((part) => given.includes(part));
}

const isPart = (name: string): name is TrainingPart => (TRAINING_PARTS as readonly string[]).includes(name);
