import { Args, Flags } from '@oclif/core';
import { OsCommand } from '../../cli/base-command.ts';
import { onSeveralFlag, readUndoAfter, undoFlags } from '../../cli/flags/host-flags.ts';
import { confirmUsed } from '../../cli/terminal/confirm.ts';
import { removeImageConnection } from '../../cli/verbs/host/change-image.ts';
import { removeConnection } from '../../cli/verbs/host/change-network.ts';
import { changeHostTarget } from '../../cli/verbs/host/open-host-target.ts';
import { systemClock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import { guardReporter } from '../../ui/host/guard.ts';
import { renderNetworkChanged } from '../../ui/host/network.ts';

export default class NetworkRemove extends OsCommand {
  static override summary = 'remove a network connection from a device or image';
  static override description = `Removes a profile from an image of the OS, or from the boot partition of a device and from its state. A connection \
that is in use is removed only once that is confirmed, and the device undoes it unless it is reached again in time.`;

  static override examples = [
    '<%= config.bin %> network remove office --on mydevice',
    { description: 'from a script', command: '<%= config.bin %> network remove office --yes --on mydevice' },
  ];

  static override args = {
    name: Args.string({
      required: true,
      description: 'name of the connection; `os network list` shows them',
    }),
  };
  static override devices = 'on' as const;
  static override flags = {
    on: onSeveralFlag,
    yes: Flags.boolean({ char: 'y', description: 'remove it also where it is in use, without a question' }),
    ...undoFlags,
  };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, changed host key, a read-only file system',
    10: 'the device was not reached after the change, and has undone it',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NetworkRemove);
    const { output, signal } = this;
    const undoAfterS = readUndoAfter(flags);
    const { name } = args;
    if (/[/\0]/.test(name))
      throw new OsError('usage', `not the name of a connection: ${JSON.stringify(name)}`);
    const confirm = (interfaceName: string, deviceName: string): Promise<void> =>
      confirmUsed(name, { interfaceName, deviceName, isAgreed: flags.yes, signal });
    const report = guardReporter(output);
    const changed = await changeHostTarget(flags.on, this, {
      onDevice: device =>
        removeConnection(
          { name, undoAfterS, confirm: interfaceName => confirm(interfaceName, device.name) },
          { device, clock: systemClock, report, signal },
        ),
      onImage: (files, names) => removeImageConnection(files, names, name, signal),
    });
    this.answer(changed, renderNetworkChanged('removed'));
  }
}
