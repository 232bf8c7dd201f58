import { Args } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { deviceArg } from '../cli/project-flags.ts';
import { graceFlag, readProjectName, runningFlags } from '../cli/project-name.ts';
import { reachFlagged } from '../cli/run-push.ts';
import { controlServices } from '../release/control.ts';
import { renderControlled } from '../ui/controlled.ts';

export default class Restart extends OsCommand {
  static override summary = 'stop services and start them again';
  static override description = `Restarts services as their containers are, those that others depend on first.`;

  static override examples = [
    '<%= config.bin %> restart mydevice.local',
    {
      description: 'one service of another project',
      command: '<%= config.bin %> restart mydevice web --project shop',
    },
  ];

  static override strict = false;
  static override args = {
    device: deviceArg,
    service: Args.string({ description: 'services to restart; all of the project without one' }),
  };
  static override flags = { ...runningFlags, time: graceFlag };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    6: 'a service does not restart',
    7: 'the project is invalid: file, line, reason',
  };

  async run(): Promise<void> {
    const { args, argv, flags } = await this.parse(Restart);
    const { output, signal } = this;
    const reached = await reachFlagged(args.device, flags, { output, signal });
    await using engine = reached.engine;
    const project = await readProjectName(flags, output);
    const services = (argv as string[]).slice(1);
    const done = await controlServices(engine, 'restart', { project, services, signal, graceS: flags.time });
    this.answer({ project, services: done.map(({ service }) => service) }, renderControlled('restarted'));
  }
}
