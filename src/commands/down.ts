import { Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { deviceArg } from '../cli/project-flags.ts';
import { graceFlag, readProjectName, runningFlags } from '../cli/project-name.ts';
import { reachFlagged } from '../cli/run-push.ts';
import { takeDown } from '../release/control.ts';
import { renderRemoved } from '../ui/removed.ts';

export default class Down extends OsCommand {
  static override summary = "remove a project's containers and networks from a device";
  static override description = `Stops and removes every container of the project, and its networks. Images stay, so
that the next push is fast. Volumes, with the data in them, stay too, unless --volumes
says otherwise.`;

  static override examples = [
    '<%= config.bin %> down mydevice.local',
    { description: 'with all its data', command: '<%= config.bin %> down mydevice --volumes' },
  ];

  static override args = { device: deviceArg };
  static override flags = {
    volumes: Flags.boolean({ description: "remove the project's volumes and the data in them" }),
    ...runningFlags,
    time: graceFlag,
  };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    7: 'the project is invalid: file, line, reason',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Down);
    const { output, signal } = this;
    const reached = await reachFlagged(args.device, flags, { output, signal });
    await using engine = reached.engine;
    const project = await readProjectName(flags, output);
    const request = {
      ...{ project, services: [], signal },
      ...{ graceS: flags.time, removesVolumes: flags.volumes },
    };
    this.answer({ project, ...(await takeDown(engine, request)) }, renderRemoved);
  }
}
