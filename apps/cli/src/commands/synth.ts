import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { fromFileError } from '@srvau/storage';
import { analyseFootage, type FootagePaths, makeDataset, SYNTH_FILES, type SynthSettings } from '@srvau/synthetic';
import { EXIT, usageError } from '../exit';
import type { Io } from '../io';
import { synthCardText } from '../render/synth';
import { DRAWN_SCENES } from '../synth/arguments';
import { CountView } from '../synth/count-view';
import type { SynthOptions } from '../synth/options';

/** `srvau synth`: clips, scripts and annotations of the drawn world. */
export async function synth(options: SynthOptions, io: Io): Promise<number> {
  const { signal } = io.interrupts;
  const { n: clips, out: dir } = options;
  if (clips === undefined || dir === undefined) {
    const [field, expected] = clips === undefined ? ['--n', 'a number of clips'] : ['--out', 'a directory'];
    throw usageError(`${field}: expected ${expected}, received none`, [{ field, expected, received: 'none' }]);
  }
  const out = resolve(io.cwd, dir);
  const { sources, paths } = await look(options, io);
  const settings = settingsOf(options, clips, sources);
  const view = new CountView(io.terminal, 'clips', 'clips');
  let reused = 0;
  try {
    const card = await makeDataset({
      out,
      settings,
      footagePaths: paths,
      workers: options.workers ?? availableParallelism(),
      signal,
      onProgress: (progress) => {
        reused = progress.reused;
        view.update(progress.done, progress.total);
      },
    });
    view.close();
    if (options.json) io.terminal.printJson({ out, clips, reused, ...card });
    else
      io.terminal.print(
        synthCardText(card, { out, reused, annotations: join(out, SYNTH_FILES.annotations) }, io.terminal.colors),
      );
    return EXIT.ok;
  } finally {
    view.close();
  }
}

async function look(
  options: SynthOptions,
  io: Io,
): Promise<{ sources: SynthSettings['footage']; paths: FootagePaths }> {
  const { width, height } = options.size;
  const sources: SynthSettings['footage'][number][] = [];
  const paths: Record<string, FootagePaths[string]> = {};
  for (const typed of options.composite) {
    const path = resolve(io.cwd, typed);
    await stat(path).catch((error: unknown) => Promise.reject(fromFileError(error, path)));
    const { source, measuredPeople } = await analyseFootage(
      path,
      width / height,
      options.seconds.minSec,
      io.interrupts.signal,
    );
    const rests =
      measuredPeople === 0 ? 'guessed: too few people walk through it' : `from ${measuredPeople} sightings of people`;
    io.terminal.note(`${source.name}: camera ${source.camera.heightM.toFixed(1)} m high (${rests})`);
    sources.push(source);
    paths[source.sha256] = { path, durationSec: source.durationSec };
  }
  return { sources, paths };
}

function settingsOf(options: SynthOptions, clips: number, footage: SynthSettings['footage']): SynthSettings {
  const { seed, size, fps, seconds, oodScenes, questions } = options;
  const scenes = options.scenes ?? DRAWN_SCENES.filter((scene) => !oodScenes.includes(scene));
  const splits = options.splits ?? {
    ...{ train: 70, val: 10, test: 10 },
    'test-ood-scene': oodScenes.length > 0 ? 10 : 0,
    'test-ood-footage': footage.length > 0 ? 10 : 0,
  };
  return { seed, clips, ...size, fps, ...seconds, scenes, oodScenes, splits, questions, footage };
}
