/** Several rules of a field as one, as if they stood above it in this order: a kind of field is written once. */
export function allRules(...rules: PropertyDecorator[]): PropertyDecorator {
  return (target, property) => {
    // Decorators apply from the last to the first.
    for (const rule of rules.toReversed()) rule(target, property);
  };
}
