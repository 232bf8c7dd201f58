import { Args, Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { eitherWayFlags, projectFlags } from '../cli/flags/project-flags.ts';
import { toServiceRequest } from '../cli/flags/to-requests.ts';
import { cp } from '../cli/verbs/cp.ts';
import { openFarFiles } from '../cli/verbs/wiring/open-far-files.ts';
import { OsError } from '../core/errors.ts';
import { formatBytes, formatDuration } from '../core/units.ts';
import { openCopyLine } from '../ui/copy/copy-line.ts';
import { notePlain } from '../ui/output.ts';

export default class Cp extends OsCommand {
  static override summary = 'copy files and trees to a device, or from it';
  static override usage = 'cp SRC… DST [--force] [--archive]';
  static override description = `SRC and DST are paths of this machine, or DEVICE:/path on a device's host, or DEVICE:SERVICE:/path in a service's \
container; one of the two ends is on a device. - is stdin as SRC and stdout as DST. A name with a colon in it is a file of \
this machine when it begins with ./ or /. Without DEVICE, as in :/path and :web:/path, it is the device that other \
commands use by default.

SRC becomes DST: copying twice gives the same as copying once. If DST ends in /, or is . or .., or there are \
several SRC, each goes into the directory DST under its own name; so does a file if DST is a directory. SRC/. is what is in SRC; \
SRC/ is the same as SRC. In a SRC on a device *, ? and [] are patterns, in quotes so that your own shell leaves them alone.

Modes, times, links and names of any bytes are kept, and holes of sparse files; into a container that is stopped they are sent \
as zeros. On the device everything belongs to root (0:0), unless --archive keeps the \
owners, as numbers. A file has a temporary name until it is whole, and a new tree too. A container that is stopped, or has \
no shell or tar, is written by the engine's own archives: a copy that breaks off may then leave a part.

On this machine nothing outside of DST is written and nothing through a link, whatever the device sends; a file that is \
newer here stays as it is, unless --force.`;

  static override examples = [
    '<%= config.bin %> cp app.conf mydevice:/mnt/data/',
    { description: 'out of a service', command: '<%= config.bin %> cp mydevice:db:/var/lib/backup ./backup' },
    {
      description: 'every log, by a pattern',
      command: "<%= config.bin %> cp 'mydevice:/var/log/*.log' logs/",
    },
    {
      description: 'what is in a directory',
      command: '<%= config.bin %> cp site/. mydevice:web:/usr/share/nginx/html',
    },
    { description: 'in a pipe', command: '<%= config.bin %> cp mydevice:/mnt/boot/config.json - | jq .' },
  ];

  static override strict = false;
  static override args = {
    src: Args.string({ description: 'what to copy; several copy into DST', required: true }),
    dst: Args.string({ description: 'where to', required: true }),
  };
  static override flags = {
    force: Flags.boolean({ char: 'f', description: 'overwrite files of this machine that are newer' }),
    archive: Flags.boolean({ char: 'a', description: 'keep owners and set-user-ID bits' }),
    ...eitherWayFlags,
    project: projectFlags.project,
    source: projectFlags.source,
  };
  static override exitStatus = {
    2: 'a file or directory is missing or in the way, or newer on this machine',
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, a read-only place, names that lead out of DST',
    9: 'out of space',
    10: 'the connection is lost; what did not arrive whole is not there',
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Cp);
    const { output, signal } = this;
    const words = argv.map(String);
    const destination = words.at(-1) ?? '';
    if (destination === '-' && output.mode === 'json')
      throw new OsError('usage', '--json and - both want stdout', { hint: 'name a file as DST' });
    const { target, project } = toServiceRequest(undefined, flags);
    const startMs = performance.now();
    using line = openCopyLine(output);
    const dependencies = {
      signal,
      openFarFiles: openFarFiles(this),
      stdin: process.stdin,
      stdout: process.stdout,
      onProgress: line.update,
      note: (text: string) => notePlain(output, text),
    };
    const { archive: keepsOwners, force: overwritesNewer } = flags;
    const request = {
      sources: words.slice(0, -1),
      destination,
      target,
      project,
      keepsOwners,
      overwritesNewer,
    };
    const copied = await cp(dependencies, request);
    line[Symbol.dispose]();
    const durationMs = Math.round(performance.now() - startMs);
    if (destination === '-') return;
    this.answer({ ...copied, durationMs }, ({ files, bytes }) => ({
      text: '',
      notes: [
        `copied ${files.toString()} ${files === 1 ? 'file' : 'files'}, ${formatBytes(bytes)}, in ${formatDuration(durationMs)}`,
      ],
    }));
  }
}
