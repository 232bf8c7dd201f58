import { Args, Flags } from '@oclif/core';
import { OsCommand } from '../../cli/base-command.ts';
import { inspectImageFile } from '../../cli/verbs/image/inspect-image.ts';
import { maskSecrets } from '../../host/config/mask-secrets.ts';
import { renderInspection, renderPartition } from '../../ui/image/inspection.ts';
import { notePlain } from '../../ui/output.ts';

export default class ImageInspect extends OsCommand {
  static override summary = 'show what is in an image of the OS, or on a drive';
  static override description = `Draws the partitions to scale, with their file systems, sizes and what is used of them,
and shows the OS: its name, version, variant, device type, architecture, and what it was
built from; its config.json without secrets, its network connections and its splash.

Images compressed by gzip, xz, zip or zstd are read as they are, and nothing is written
to disk: what lies before and in the boot partition is shown at once, the rest as it
is unpacked. A drive can be read too, by root.`;

  static override examples = [
    '<%= config.bin %> image inspect os.img.xz',
    { description: 'a card', command: 'sudo <%= config.bin %> image inspect /dev/sdb' },
    {
      description: 'the version, for a script',
      command: '<%= config.bin %> image inspect os.img.gz --quick --json | jq -r .result.boot.os.version',
    },
  ];

  static override args = {
    image: Args.string({ description: 'image file or drive', required: true }),
  };

  static override flags = {
    quick: Flags.boolean({ description: 'stop after the boot partition of a compressed image' }),
  };

  static override exitStatus = {
    7: 'the image is damaged, has no partition table, or is in an unknown format',
    10: 'the drive was removed, or cannot be read',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ImageInspect);
    const { output, signal } = this;
    const shown = { isEarly: false };
    const inspection = await inspectImageFile(
      {
        signal,
        maskSecrets,
        onEarly: early => {
          if (output.mode === 'json') return;
          shown.isEarly = true;
          output.answer(renderInspection(early, output));
        },
        onLater: partition => {
          if (output.mode !== 'json') output.answer(`${renderPartition(partition)}\n`);
        },
      },
      { path: args.image, isQuick: flags.quick },
    );
    if (!shown.isEarly) this.answer(inspection, renderInspection);
    else for (const problem of inspection.problems) notePlain(output, `problem: ${problem}`);
  }
}
