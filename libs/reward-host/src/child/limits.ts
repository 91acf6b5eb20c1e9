import { type EnvMap, parseEnv } from '@srvau/contracts';
import { IsArray, IsInt, Matches, Max, Min } from 'class-validator';

type Decorator = (target: object, property: string) => void;

const all =
  (...decorators: Decorator[]): Decorator =>
  (target, property) =>
    decorators.forEach((decorate) => decorate(target, property));

/** Less than 16 MB is not enough for Node.js itself. */
export const IsMemoryMb = (): Decorator => all(IsInt(), Min(16), Max(2 ** 20));

export const AreVariableNames = (): Decorator =>
  all(
    IsArray(),
    Matches(/^[A-Za-z_]\w*$/, { each: true, message: '$property must be names of variables with "," between them' }),
  );

/** What a program in a child process may have of the machine, and see of its host. */
export class Limits {
  /**
   * For what the program has in memory, JavaScript heap and Buffers together, in MB. On Linux the kernel holds it; elsewhere
   * it bounds the heap alone.
   */
  @IsMemoryMb()
  readonly memoryMb: number = 512;

  /** Names of environment variables that the program may see beside those that every program needs. */
  @AreVariableNames()
  readonly env: readonly string[] = [];
}

export const LIMITS_ENV = {
  memoryMb: {
    name: 'SRVAU_REWARD_PLUGIN_MB',
    kind: 'number',
    doc: 'memory that each plugin in a process of its own may use, in MB',
  },
  env: {
    name: 'SRVAU_REWARD_PLUGIN_ENV',
    kind: 'list',
    doc: 'variables that plugins in processes of their own may see beside PATH and the like, e.g. the key of a judge',
  },
} as const satisfies EnvMap<Limits>;

/** @throws SrvauError INVALID_REQUEST that names the variable */
export function limitsFrom(env: Readonly<Record<string, string | undefined>>): Limits {
  return parseEnv(Limits, LIMITS_ENV, env);
}
