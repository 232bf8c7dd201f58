import { Args } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { severalFlags } from '../cli/flags/several-flags.ts';
import { devicesArg, runningFlags } from '../cli/flags/project-flags.ts';
import { servicesOf, toRunningRequest } from '../cli/flags/to-requests.ts';
import { control } from '../cli/verbs/project/control.ts';
import { wireProject } from '../cli/verbs/wiring/wire-project.ts';
import { renderControlled } from '../ui/answers/controlled.ts';

export default class Start extends OsCommand {
  static override summary = 'start services that were stopped';
  static override description = `Starts the existing containers, those that others depend on first. To run the current
source directory, push it.`;

  static override examples = [
    '<%= config.bin %> start mydevice.local',
    {
      description: 'one service of another project',
      command: '<%= config.bin %> start mydevice web --project shop',
    },
  ];

  static override strict = false;
  static override args = {
    device: devicesArg,
    service: Args.string({ description: 'services to start; default: all of the project' }),
  };
  static override devices = 'argument' as const;
  static override flags = { ...severalFlags, ...runningFlags };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    6: 'a service does not start',
    7: 'the project is invalid: file, line, reason',
  };

  async run(): Promise<void> {
    const { args, argv, flags } = await this.parse(Start);
    const request = {
      ...toRunningRequest(args.device, flags),
      action: 'start' as const,
      services: servicesOf(argv),
    };
    this.answer(await control(wireProject(this), request), renderControlled('started'));
  }
}
