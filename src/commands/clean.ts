import { Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { severalFlags } from '../cli/flags/several-flags.ts';
import { devicesArg, engineFlags } from '../cli/flags/project-flags.ts';
import { toDeviceRequest } from '../cli/flags/to-requests.ts';
import { clean } from '../cli/verbs/project/clean.ts';
import { wireProject } from '../cli/verbs/wiring/wire-project.ts';
import { note } from '../ui/output.ts';
import { describeDangling, renderCleaned } from '../ui/answers/removed.ts';

export default class Clean extends OsCommand {
  static override summary = 'remove what earlier pushes left behind on a device';
  static override description = `Removes images that newer ones have replaced, and containers of interrupted pushes:
only what \`os\` made, no data, nothing that runs. Prints the bytes freed.

Intermediate images of the engine's builder (stages of a Dockerfile, steps of an
interrupted build) have no name and no owner. --dangling removes them too, including
those of other tools; the next build runs their steps again.`;

  static override examples = [
    '<%= config.bin %> clean mydevice.local',
    { description: 'the disk is full', command: '<%= config.bin %> clean mydevice --dangling' },
    '<%= config.bin %> clean mydevice --json | jq .result.freedBytes',
  ];

  static override args = { device: devicesArg };
  static override devices = 'argument' as const;
  static override flags = {
    ...severalFlags,
    dangling: Flags.boolean({ description: 'also remove unnamed images, whoever built them' }),
    ...engineFlags,
  };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    8: 'with --dangling: a push is running',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Clean);
    const target = toDeviceRequest(args.device, flags);
    const cleaned = await clean(wireProject(this), { target, removesDangling: flags.dangling });
    this.answer(cleaned, renderCleaned);
    if (cleaned.danglingImages > 0) note(this.output, describeDangling(cleaned.danglingImages));
  }
}
