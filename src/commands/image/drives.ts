import { Flags } from '@oclif/core';
import { OsCommand } from '../../cli/base-command.ts';
import { openDriveSystem } from '../../cli/verbs/image/drive-systems.ts';
import { listDrives } from '../../cli/verbs/image/list-drives.ts';
import { renderDrives } from '../../ui/image/drives.ts';

export default class ImageDrives extends OsCommand {
  static override summary = 'list the drives that could be flashed';
  static override description = `Lists the drives of this machine: which of them \`os image flash\` would write to, and
why it refuses the rest. Drives that this system runs from, swaps to or has mounted in its
own directories are never written to, nor is a part of a RAID, of LUKS or of LVM.
Nothing is opened for that, and no root is needed.`;

  static override examples = [
    '<%= config.bin %> image drives',
    {
      description: 'for a script',
      command: "<%= config.bin %> image drives --json | jq -r '.result[] | select(.refusal == null).path'",
    },
  ];

  static override flags = {
    all: Flags.boolean({ description: 'list loop devices and empty card readers, too' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ImageDrives);
    const drives = openDriveSystem(process.platform);
    this.answer(await listDrives({ drives, signal: this.signal }, { isAll: flags.all }), renderDrives);
  }
}
