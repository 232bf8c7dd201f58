import { Args } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { severalFlags } from '../cli/flags/several-flags.ts';
import { devicesArg, graceFlag, runningFlags } from '../cli/flags/project-flags.ts';
import { servicesOf, toRunningRequest } from '../cli/flags/to-requests.ts';
import { control } from '../cli/verbs/project/control.ts';
import { wireProject } from '../cli/verbs/wiring/wire-project.ts';
import { renderControlled } from '../ui/answers/controlled.ts';

export default class Restart extends OsCommand {
  static override summary = 'restart services';
  static override description = `Restarts the existing containers, those that others depend on first.`;

  static override examples = [
    '<%= config.bin %> restart mydevice.local',
    {
      description: 'one service of another project',
      command: '<%= config.bin %> restart mydevice web --project shop',
    },
  ];

  static override strict = false;
  static override args = {
    device: devicesArg,
    service: Args.string({ description: 'services to restart; default: all of the project' }),
  };
  static override devices = 'argument' as const;
  static override flags = { ...severalFlags, ...runningFlags, time: graceFlag };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    6: 'a service does not restart',
    7: 'the project is invalid: file, line, reason',
  };

  async run(): Promise<void> {
    const { args, argv, flags } = await this.parse(Restart);
    const request = {
      ...toRunningRequest(args.device, flags),
      action: 'restart' as const,
      services: servicesOf(argv),
      graceS: flags.time,
    };
    this.answer(await control(wireProject(this), request), renderControlled('restarted'));
  }
}
