import { resolveGrpo, resolveSft, SrvauError, TRAINING_PRESETS } from '@srvau/contracts';
import { flattened, settingText } from '@srvau/runs';
import { EXIT } from '../exit';
import type { Io } from '../io';
import { table } from '../render/table';
import type { TrainPresetsOptions } from '../train/options';

/** `srvau train presets`: lists them, or shows everything that one sets, defaults included. */
export function trainPresets({ name, json }: TrainPresetsOptions, { terminal }: Io): Promise<number> {
  const { colors } = terminal;
  if (name === undefined) {
    const presets = Object.entries(TRAINING_PRESETS).map(([preset, { kind, summary }]) => ({ preset, kind, summary }));
    if (json) terminal.printJson({ presets });
    else {
      const rows = presets.map(({ preset, kind, summary }) => [preset, kind, summary]);
      terminal.print(table(rows, colors, { head: ['PRESET', 'KIND', 'WHAT IT TRAINS'] }));
    }
    return Promise.resolve(EXIT.ok);
  }
  const preset = Object.hasOwn(TRAINING_PRESETS, name) ? TRAINING_PRESETS[name] : undefined;
  if (preset === undefined) {
    const expected = `one of ${Object.keys(TRAINING_PRESETS).join(', ')}`;
    throw SrvauError.mismatch('INVALID_REQUEST', 'NAME', expected, JSON.stringify(name));
  }
  const { kind, summary, config } = preset;
  const resolved = kind === 'sft' ? resolveSft({ preset: name }) : resolveGrpo({ preset: name });
  if (json) terminal.printJson({ preset: name, kind, summary, config, resolved });
  else {
    const own = flattened(config);
    const rows = [...flattened(JSON.parse(JSON.stringify(resolved)) as Record<string, unknown>)].map(
      ([field, value]) => [
        own.has(field) ? colors.bold(field) : field,
        settingText(value),
        own.has(field) ? colors.cyan('preset') : '',
      ],
    );
    terminal.print(`${colors.bold(name)} (${kind}): ${summary}\n\n${table(rows, colors)}`);
  }
  return Promise.resolve(EXIT.ok);
}
