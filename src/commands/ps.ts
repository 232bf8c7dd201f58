import { OsCommand } from '../cli/base-command.ts';
import { severalFlags } from '../cli/flags/several-flags.ts';
import { devicesArg, everyProjectFlag, runningFlags } from '../cli/flags/project-flags.ts';
import { toRunningRequest } from '../cli/flags/to-requests.ts';
import { ps } from '../cli/verbs/project/ps.ts';
import { wireProject } from '../cli/verbs/wiring/wire-project.ts';
import { renderServices } from '../ui/answers/services.ts';

export default class Ps extends OsCommand {
  static override summary = 'list the services on a device';
  static override description = `Lists the services of the project in the source directory, in any state; with --all, or
if there is no project, those of every project on the device.`;

  static override examples = [
    '<%= config.bin %> ps mydevice.local',
    { description: 'every project', command: '<%= config.bin %> ps mydevice --all' },
    {
      description: 'services that are not running, for a script',
      command:
        '<%= config.bin %> ps --json | jq -r \'.result.services[] | select(.state != "running").service\'',
    },
  ];

  static override args = { device: devicesArg };
  static override devices = 'argument' as const;
  static override flags = {
    ...severalFlags,
    ...runningFlags,
    all: everyProjectFlag,
  };
  static override exitStatus = { 3: 'the device is not found, or nothing answers' };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Ps);
    const request = { ...toRunningRequest(args.device, flags), isAll: flags.all };
    this.answer(await ps(wireProject(this), request), renderServices);
  }
}
