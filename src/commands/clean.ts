import { Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { deviceArg, engineFlags } from '../cli/project-flags.ts';
import { reachFlagged } from '../cli/run-push.ts';
import { cleanDevice } from '../release/clean.ts';
import { note } from '../ui/output.ts';
import { describeDangling, renderCleaned } from '../ui/removed.ts';

export default class Clean extends OsCommand {
  static override summary = 'remove what earlier pushes left behind on a device';
  static override description = `Removes images that newer ones have replaced, and containers of pushes that were cut
off: only what \`os\` made, no data, nothing that runs. Tells how much space is free
again.

What the engine's builder makes on its way to an image (the stages of a Dockerfile,
the steps of a build that was cut off) has no name and tells nobody whose it is.
--dangling removes that too, others' as well; the next build runs those steps again.`;

  static override examples = [
    '<%= config.bin %> clean mydevice.local',
    { description: 'the disk is full', command: '<%= config.bin %> clean mydevice --dangling' },
    '<%= config.bin %> clean mydevice --json | jq .result.freedBytes',
  ];

  static override args = { device: deviceArg };
  static override flags = {
    dangling: Flags.boolean({ description: 'also images without a name, whoever made them' }),
    ...engineFlags,
  };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    8: 'with --dangling: a push is running',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Clean);
    const { output, signal } = this;
    const reached = await reachFlagged(args.device, flags, { output, signal });
    await using engine = reached.engine;
    const cleaned = await cleanDevice(engine, { removesDangling: flags.dangling, signal });
    this.answer(cleaned, renderCleaned);
    if (cleaned.danglingImages > 0) note(output, describeDangling(cleaned.danglingImages));
  }
}
