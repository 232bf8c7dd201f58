import { OsCommand } from '../../cli/base-command.ts';
import { onFlag, readUndoAfter, undoFlags } from '../../cli/flags/host-flags.ts';
import { editText } from '../../cli/terminal/edit-text.ts';
import { changeDeviceConfig } from '../../cli/verbs/host/change-config.ts';
import { changeImageConfig } from '../../cli/verbs/host/change-image.ts';
import { namesOf, openHostTarget } from '../../cli/verbs/host/open-host-target.ts';
import { systemClock } from '../../core/clock.ts';
import { changeConfig, decodeConfig } from '../../host/config/config-file.ts';
import { readConfigBytes } from '../../host/config/config-verbs.ts';
import { renderConfigChanged } from '../../ui/host/config.ts';
import { guardReporter } from '../../ui/host/guard.ts';

export default class ConfigEdit extends OsCommand {
  static override summary = 'open the configuration of a device or image in an editor';
  static override description = `Opens config.json of a device, or of an image of the OS, in $VISUAL or $EDITOR, as it is, also where it is not \
valid JSON. What was saved is checked and applied as with \`os config set\`; where it is not valid, nothing is written, \
and the file with the edit is kept on this machine.`;

  static override examples = ['<%= config.bin %> config edit --on mydevice'];

  static override flags = { on: onFlag, ...undoFlags };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, changed host key, a read-only file system',
    7: 'what was saved is not valid; nothing was written',
    8: 'somebody else changed config.json at the same time',
    9: 'out of space on the device',
    10: 'the device was not reached after the change, and has undone it',
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigEdit);
    const { output, signal } = this;
    const undoAfterS = readUndoAfter(flags);
    await using target = await openHostTarget(flags.on, this);
    const before = decodeConfig(await readConfigBytes(target.files, signal));
    const text = await editText('config.json', before, {
      signal,
      check: edited => void changeConfig(before, { kind: 'replace', text: edited }),
    });
    const change = { kind: 'replace', text } as const;
    const report = guardReporter(output);
    const changed =
      target.kind === 'image'
        ? await target.change(files => changeImageConfig(files, namesOf(target), change, signal))
        : await changeDeviceConfig(
            { change, undoAfterS },
            { device: target, clock: systemClock, report, signal },
          );
    this.answer(changed, renderConfigChanged);
  }
}
