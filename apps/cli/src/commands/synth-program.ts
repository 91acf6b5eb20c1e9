import { type Command, Option } from 'commander';
import type { Actions } from '../actions';
import { collect, positiveNumber, wholeNumber } from '../arguments/values';
import { common, examples, type Run } from '../command';
import { DRAWN_SCENES, pictureSize, sceneList, secondsRange, splitShares } from '../synth/arguments';
import type { SynthCheckOptions, SynthOptions } from '../synth/options';

const HELP = [
  '',
  'DIR gets videos/*.mp4, scripts/*.json (who, what, when, where), and per split annotations/SPLIT.csv (the columns of',
  'VAU-Bench) and .jsonl, which srvau dataset ingest takes. Splits: train, val, test; test-ood-scene with scene types that',
  'the others lack; test-ood-footage with events put into real videos (--composite). Everything is labelled synthetic.',
  '',
  'Equal options give equal files. Interrupted at any point, the same command goes on with the clips that are missing.',
].join('\n');

export function addSynthCommands(program: Command, actions: Actions, run: Run): void {
  const synth = common(program.command('synth'))
    .summary('make clips of a drawn CCTV world, with questions')
    .description('Renders clips of surveillance scenes, some with anomalies, with scripts and annotations.')
    .option('--n <clips>', 'how many clips', wholeNumber(1, 10_000_000))
    .option('--out <dir>', 'directory to write: new, empty, or an earlier run with the same options')
    .option('--seed <number>', 'the same seed gives the same files', wholeNumber(0, 2 ** 32 - 1), 0)
    .addOption(
      new Option('--size <pixels>', 'SIDE or WIDTHxHEIGHT, from 56')
        .argParser(pictureSize)
        .default({ width: 112, height: 112 }, '112'),
    )
    .option('--fps <number>', 'frames per second', positiveNumber, 8)
    .addOption(
      new Option('--seconds <range>', 'length of clips, from 8 to 30')
        .argParser(secondsRange)
        .default({ minSec: 8, maxSec: 12 }, '8-12'),
    )
    .option('--scenes <a,b>', `of ${DRAWN_SCENES.join(', ')} (default: all but those of --ood-scenes)`, sceneList)
    .addOption(
      new Option('--ood-scenes <a,b>', 'scene types of test-ood-scene alone, or none')
        .argParser(sceneList)
        .default(['plaza'], 'plaza'),
    )
    .addOption(
      new Option('--composite <file>', 'put events into this video, for test-ood-footage; several times for several')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--splits <shares>', 'e.g. train=80,val=10,test=10 (default: 70, and 10 for each other)', splitShares)
    .option('--questions <count>', 'questions about each clip', wholeNumber(1, 6), 2)
    .option('--workers <count>', 'rendering threads (default: one a processor)', wholeNumber(1, 256))
    .addHelpText(
      'after',
      `${examples('srvau synth --n 200 --out clips', 'srvau synth --n 2000 --seed 7 --size 56 --composite lobby.avi --out clips56 --json')}\n${HELP}`,
    )
    .action((options: SynthOptions) => run(actions.synth(options)));

  common(synth.command('check'))
    .summary('how much questions give away')
    .description(
      'Answers the questions of a directory of srvau synth in three ways: from their text alone, from one picture out of\n' +
        'the middle of the event, and from the whole video; each by a learner without knowledge of the world.',
    )
    .argument('<dir>', 'directory that srvau synth wrote')
    .option('--max-clips <count>', 'clips to look at', wholeNumber(1, 1_000_000), 2000)
    .addHelpText('after', examples('srvau synth check clips', 'srvau synth check clips --json | jq .blind.logit'))
    .action((dir: string, _: unknown, command: Command) =>
      run(actions.synthCheck({ ...command.optsWithGlobals<Omit<SynthCheckOptions, 'dir'>>(), dir })),
    );
}
