import { Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { severalFlags } from '../cli/flags/several-flags.ts';
import { devicesArg, forceFlag, graceFlag, runningFlags } from '../cli/flags/project-flags.ts';
import { toRunningRequest } from '../cli/flags/to-requests.ts';
import { down } from '../cli/verbs/project/down.ts';
import { openSupervisorAccess } from '../cli/verbs/wiring/open-supervisor-access.ts';
import { wireProject } from '../cli/verbs/wiring/wire-project.ts';
import { renderRemoved } from '../ui/answers/removed.ts';

export default class Down extends OsCommand {
  static override summary = "remove a project's containers and networks from a device";
  static override description = `Stops and removes every container of the project, and its networks. Images stay, so
that the next push is fast. Volumes and their data stay too, unless --volumes is given: it removes
also those that a move between the engine and the supervisor left behind.`;

  static override examples = [
    '<%= config.bin %> down mydevice.local',
    { description: 'with all its data', command: '<%= config.bin %> down mydevice --volumes' },
  ];

  static override args = { device: devicesArg };
  static override devices = 'argument' as const;
  static override flags = {
    ...severalFlags,
    volumes: Flags.boolean({ description: "remove the project's volumes and the data in them" }),
    ...runningFlags,
    force: forceFlag,
    time: { ...graceFlag, description: `${graceFlag.description ?? ''}; not under a supervisor` },
  };
  static override exitStatus = {
    2: 'an option has no effect under the runner of the project',
    3: 'the device is not found, or nothing answers',
    7: 'the project is invalid: file, line, reason',
    8: 'a push to the project is running',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Down);
    const request = {
      ...toRunningRequest(args.device, flags),
      graceS: flags.time,
      removesVolumes: flags.volumes,
      overridesLocks: flags.force,
    };
    this.answer(await down({ ...wireProject(this), openSupervisorAccess }, request), renderRemoved);
  }
}
