import { Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { severalFlags } from '../cli/flags/several-flags.ts';
import { yesFlag } from '../cli/flags/host-flags.ts';
import { devicesArg, graceFlag, runningFlags } from '../cli/flags/project-flags.ts';
import { toRunningRequest } from '../cli/flags/to-requests.ts';
import { confirmTyped } from '../cli/terminal/confirm.ts';
import { purge } from '../cli/verbs/project/purge.ts';
import { wireProject } from '../cli/verbs/wiring/wire-project.ts';
import { describePurge, renderPurged } from '../ui/answers/purge.ts';

export default class Purge extends OsCommand {
  static override summary = "wipe a project's data on a device";
  static override description = `Removes the volumes of the project in the source directory, with all that is in them, and the containers that \
hold them; \`os push\` brings the services back with empty volumes. Says which by name and asks for the project's name first. Volumes \
that \`os\` did not make, that another project has, or that other containers use stay. A project that the supervisor runs is \
refused: \`os down --volumes\` removes it with its data.

With --leftovers only the volumes go that \`os push --take-over\` left where it moved the project away from, the engine or the \
supervisor; what the project has now stays. For all data of a device there is \`os reset --data\`.`;

  static override examples = [
    '<%= config.bin %> purge mydevice',
    { description: 'after a move', command: '<%= config.bin %> purge mydevice --leftovers' },
    { description: 'from a script', command: '<%= config.bin %> purge mydevice --project shop --yes' },
  ];

  static override args = { device: devicesArg };
  static override devices = 'argument' as const;
  static override flags = {
    ...severalFlags,
    yes: yesFlag,
    leftovers: Flags.boolean({
      description: 'only volumes that a move between engine and supervisor left behind',
      // They have no services that would stop.
      exclusive: ['time'],
    }),
    ...runningFlags,
    time: { ...graceFlag, exclusive: ['leftovers'] },
  };
  static override exitStatus = {
    2: 'nobody can be asked, and --yes is missing, or the supervisor runs the project',
    3: 'the device is not found, or nothing answers',
    7: 'the project is invalid: file, line, reason',
    8: 'a push to the same project is running',
    130: 'nothing was removed: another word was typed, or Ctrl-C',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Purge);
    const { signal } = this;
    const purged = await purge(
      {
        ...wireProject(this),
        confirm: (plan, device) =>
          confirmTyped({
            warning: describePurge(plan, device),
            word: plan.project,
            isAgreed: flags.yes,
            signal,
          }),
      },
      { ...toRunningRequest(args.device, flags), graceS: flags.time, onlyLeftovers: flags.leftovers },
    );
    this.answer(purged, renderPurged);
  }
}
