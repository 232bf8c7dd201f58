import { Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { deviceArg } from '../cli/project-flags.ts';
import { findProjectName, runningFlags } from '../cli/project-name.ts';
import { reachFlagged } from '../cli/run-push.ts';
import { listServices } from '../release/project-services.ts';
import { renderServices } from '../ui/services.ts';

export default class Ps extends OsCommand {
  static override summary = 'list the services that a device runs';
  static override description = `The services of the project in the source directory, in whatever state; where there is
no project, and with --all, those of every project on the device.`;

  static override examples = [
    '<%= config.bin %> ps mydevice.local',
    { description: 'of every project', command: '<%= config.bin %> ps mydevice --all' },
    {
      description: 'what is not running?',
      command:
        '<%= config.bin %> ps --json | jq -r \'.result.services[] | select(.state != "running").service\'',
    },
  ];

  static override args = { device: deviceArg };
  static override flags = {
    ...runningFlags,
    all: Flags.boolean({ char: 'a', description: 'of every project' }),
  };
  static override exitStatus = { 3: 'the device is not found, or nothing answers' };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Ps);
    const { output, signal } = this;
    const reached = await reachFlagged(args.device, flags, { output, signal });
    await using engine = reached.engine;
    const project = flags.all ? undefined : await findProjectName(flags, output);
    const services = await listServices(engine, project, signal);
    this.answer({ project: project ?? null, services }, result => renderServices(result.services, output));
  }
}
