import { Args } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { deviceArg } from '../cli/project-flags.ts';
import { readProjectName, runningFlags } from '../cli/project-name.ts';
import { reachFlagged } from '../cli/run-push.ts';
import { controlServices } from '../release/control.ts';
import { renderControlled } from '../ui/controlled.ts';

export default class Start extends OsCommand {
  static override summary = 'start services that were stopped';
  static override description = `Starts the containers that are there, those that others depend on first. To run what
the source directory says now, push it.`;

  static override examples = [
    '<%= config.bin %> start mydevice.local',
    {
      description: 'one service of another project',
      command: '<%= config.bin %> start mydevice web --project shop',
    },
  ];

  static override strict = false;
  static override args = {
    device: deviceArg,
    service: Args.string({ description: 'services to start; all of the project without one' }),
  };
  static override flags = { ...runningFlags };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    6: 'a service does not start',
    7: 'the project is invalid: file, line, reason',
  };

  async run(): Promise<void> {
    const { args, argv, flags } = await this.parse(Start);
    const { output, signal } = this;
    const reached = await reachFlagged(args.device, flags, { output, signal });
    await using engine = reached.engine;
    const project = await readProjectName(flags, output);
    const services = (argv as string[]).slice(1);
    const done = await controlServices(engine, 'start', { project, services, signal });
    this.answer({ project, services: done.map(({ service }) => service) }, renderControlled('started'));
  }
}
