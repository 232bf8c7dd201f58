import { Args } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { deviceArg } from '../cli/project-flags.ts';
import { graceFlag, readProjectName, runningFlags } from '../cli/project-name.ts';
import { reachFlagged } from '../cli/run-push.ts';
import { controlServices } from '../release/control.ts';
import { renderControlled } from '../ui/controlled.ts';

export default class Stop extends OsCommand {
  static override summary = 'stop services, and keep their containers';
  static override description = `Stops services, those that depend on others first. Their containers and data stay:
\`os start\` goes on with them.`;

  static override examples = [
    '<%= config.bin %> stop mydevice.local',
    {
      description: 'one service of another project',
      command: '<%= config.bin %> stop mydevice web --project shop',
    },
  ];

  static override strict = false;
  static override args = {
    device: deviceArg,
    service: Args.string({ description: 'services to stop; all of the project without one' }),
  };
  static override flags = { ...runningFlags, time: graceFlag };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    6: 'a service does not stop',
    7: 'the project is invalid: file, line, reason',
  };

  async run(): Promise<void> {
    const { args, argv, flags } = await this.parse(Stop);
    const { output, signal } = this;
    const reached = await reachFlagged(args.device, flags, { output, signal });
    await using engine = reached.engine;
    const project = await readProjectName(flags, output);
    const services = (argv as string[]).slice(1);
    const done = await controlServices(engine, 'stop', { project, services, signal, graceS: flags.time });
    this.answer({ project, services: done.map(({ service }) => service) }, renderControlled('stopped'));
  }
}
