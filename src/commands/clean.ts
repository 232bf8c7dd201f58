import { OsCommand } from '../cli/base-command.ts';
import { deviceArg, engineFlags } from '../cli/project-flags.ts';
import { reachFlagged } from '../cli/run-push.ts';
import { cleanDevice } from '../release/clean.ts';
import { renderCleaned } from '../ui/removed.ts';

export default class Clean extends OsCommand {
  static override summary = 'remove what earlier pushes left behind on a device';
  static override description = `Removes images that newer ones have replaced, and containers of pushes that were cut
off: only what \`os\` made, never a volume, nothing that runs. Tells how much space is
free again.`;

  static override examples = [
    '<%= config.bin %> clean mydevice.local',
    '<%= config.bin %> clean mydevice --json | jq .result.freedBytes',
  ];

  static override args = { device: deviceArg };
  static override flags = { ...engineFlags };
  static override exitStatus = { 3: 'the device is not found, or nothing answers' };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Clean);
    const { output, signal } = this;
    const reached = await reachFlagged(args.device, flags, { output, signal });
    await using engine = reached.engine;
    this.answer(await cleanDevice(engine, signal), renderCleaned);
  }
}
