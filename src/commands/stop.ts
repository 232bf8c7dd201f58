import { Args } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { severalFlags } from '../cli/flags/several-flags.ts';
import { devicesArg, graceFlag, runningFlags } from '../cli/flags/project-flags.ts';
import { servicesOf, toRunningRequest } from '../cli/flags/to-requests.ts';
import { control } from '../cli/verbs/project/control.ts';
import { wireProject } from '../cli/verbs/wiring/wire-project.ts';
import { renderControlled } from '../ui/answers/controlled.ts';

export default class Stop extends OsCommand {
  static override summary = 'stop services and keep their containers';
  static override description = `Stops services, those that depend on others first. Their containers and data stay;
\`os start\` starts them again.`;

  static override examples = [
    '<%= config.bin %> stop mydevice.local',
    {
      description: 'one service of another project',
      command: '<%= config.bin %> stop mydevice web --project shop',
    },
  ];

  static override strict = false;
  static override args = {
    device: devicesArg,
    service: Args.string({ description: 'services to stop; default: all of the project' }),
  };
  static override devices = 'argument' as const;
  static override flags = { ...severalFlags, ...runningFlags, time: graceFlag };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    6: 'a service does not stop',
    7: 'the project is invalid: file, line, reason',
  };

  async run(): Promise<void> {
    const { args, argv, flags } = await this.parse(Stop);
    const request = {
      ...toRunningRequest(args.device, flags),
      action: 'stop' as const,
      services: servicesOf(argv),
      graceS: flags.time,
    };
    this.answer(await control(wireProject(this), request), renderControlled('stopped'));
  }
}
