import { CommandHelp, Help } from '@oclif/core';
import type { Command, Config, Interfaces } from '@oclif/core';
import { commonExitStatus } from '../core/exit-status.ts';
import type { ExitStatus } from '../core/exit-status.ts';

/** The root help, group by group; a command that no group names is listed under MORE. */
const groups: readonly { readonly title: string; readonly topics: readonly string[] }[] = [
  { title: 'DISCOVER', topics: ['scan', 'info', 'doctor'] },
  {
    title: 'BUILD AND RUN',
    topics: [
      'push',
      'build',
      'plan',
      'live',
      'ps',
      'start',
      'stop',
      'restart',
      'down',
      'clean',
      'logs',
      'top',
    ],
  },
  { title: 'REACH', topics: ['ssh', 'tunnel', 'cp', 'context'] },
  {
    title: 'THE HOST OS AND ITS IMAGES',
    topics: [
      'config',
      'network',
      'splash',
      'image',
      'services',
      'update',
      'reboot',
      'shutdown',
      'reset',
      'purge',
      'identify',
    ],
  },
  { title: 'A DEVICE WITHOUT HARDWARE', topics: ['emulator'] },
  { title: 'FOR THE SHELL', topics: ['completion'] },
];

const spaced = (id: string): string => id.replaceAll(':', ' ');
const topicOf = (id: string): string => spaced(id).split(' ')[0] ?? '';

function renderRows(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length), 14);
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('');
}

type CachedCommand = Command.Loadable & { readonly exitStatus?: ExitStatus };

/** A paragraph's lines joined, so that it is wrapped once; indented ones stay as they are. */
const reflow = (text: string): string =>
  text
    .split(/\n\s*\n/)
    .map(paragraph => (/^\s/m.test(paragraph) ? paragraph : paragraph.replaceAll('\n', ' ')))
    .join('\n\n');

const sentence = (summary: string): string => `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;

class OsCommandHelp extends CommandHelp {
  /** Without the flags, which follow below. */
  protected override usage(): string {
    const { id, args, strict, usage } = this.command;
    const own = typeof usage === 'string' ? [usage] : usage;
    const words = Object.values(args)
      .filter(({ hidden }) => hidden !== true)
      .map(({ name, required, multiple }, i, all) => {
        const isRepeated = multiple === true || (strict === false && i === all.length - 1);
        const word = `${name.toUpperCase()}${isRepeated ? '…' : ''}`;
        return required === true ? word : `[${word}]`;
      });
    return (own ?? [[spaced(id), ...words, '[FLAGS]'].join(' ')])
      .map(line => `$ ${this.config.bin} ${line}`)
      .join('\n');
  }

  /** oclif's own shows every argument as repeatable if one is. */
  protected override args(args: Command.Arg.Any[]): [string, string | undefined][] | undefined {
    return super
      .args(args)
      ?.map(([name, text], i, all) => [i < all.length - 1 ? name.replace('...', '') : name, text]);
  }

  /** oclif's own repeats the summary, which is already at the top. */
  protected override description(): string | undefined {
    const { description } = this.command;
    return description === undefined ? undefined : this.wrap(reflow(description));
  }

  /** Commands are never wrapped, so that they can be copied. */
  protected override examples(examples: Command.Example[] | string | undefined): string | undefined {
    if (examples === undefined || examples.length === 0) return undefined;
    const list = typeof examples === 'string' ? [examples] : examples;
    const isPlain = list.every(example => typeof example === 'string');
    return list
      .map(example =>
        typeof example === 'string' ? `$ ${example}` : `${example.description}\n  $ ${example.command}`,
      )
      .join(isPlain ? '\n' : '\n\n');
  }

  protected override sections(): ReturnType<CommandHelp['sections']> {
    return [
      ...super.sections(),
      {
        header: 'EXIT STATUS',
        generate: (_, header) => [
          {
            header,
            body: Object.entries({ ...commonExitStatus, ...(this.command as CachedCommand).exitStatus }),
          },
        ],
      },
    ];
  }
}

/** Help in our own words: the root by job, every command with its EXIT STATUS. */
export class OsHelp extends Help {
  protected override CommandHelpClass = OsCommandHelp;

  /** `options.maxWidth`: columns; the terminal's by default. */
  constructor(config: Config, options: Partial<Interfaces.HelpOptions> = {}) {
    super(config, { hideAliasesFromRoot: true, ...options });
  }

  protected override summary(command: Command.Loadable): string | undefined {
    return command.summary === undefined ? undefined : sentence(command.summary);
  }

  protected override formatCommands(commands: Command.Loadable[]): string {
    const rows = commands.map(({ id, summary }) => [spaced(id), summary ?? ''] as const);
    return `COMMANDS\n${renderRows(rows).trimEnd()}`;
  }

  /** Independent of the terminal: the text is also printed from a file that the build writes. */
  override formatRoot(): string {
    const commands = this.sortedCommands.map(command => ({
      id: spaced(command.id),
      summary: command.summary ?? '',
    }));
    const listed = groups.map(({ title, topics }) => ({
      title,
      rows: topics.flatMap(topic => commands.filter(({ id }) => topicOf(id) === topic)),
    }));
    const isListed = new Set(listed.flatMap(({ rows }) => rows.map(({ id }) => id)));
    const more = { title: 'MORE', rows: commands.filter(({ id }) => !isListed.has(id)) };
    const width = Math.max(...commands.map(({ id }) => id.length), 14);
    const sections = [...listed, more]
      .filter(({ rows }) => rows.length > 0)
      .map(
        ({ title, rows }) =>
          `${title}\n${renderRows(rows.map(({ id, summary }) => [id.padEnd(width), summary]))}`,
      );
    return [
      'os finds, reaches and programs container-OS devices on your own network.\nNo account, no cloud: it connects to your devices and to image registries.\n',
      'USAGE\n  $ os COMMAND [DEVICE] [FLAGS]\n',
      ...sections,
      `NAMING A DEVICE\n${renderRows(
        [
          ['192.168.1.20', 'its address, IPv4 or IPv6 (fe80::1%eth0)'],
          ['mydevice', 'its host name, with or without .local'],
          ['63ec46c', 'its UUID, or at least 4 characters of its beginning'],
          ['(nothing)', '$OS_DEVICE, else the one device that answers'],
        ].map(([left = '', right = '']) => [left.padEnd(width), right] as const),
      )}`,
      `HELP\n${renderRows([
        ['os COMMAND --help', 'flags, examples and exit status of a command'],
        ['os COMMAND --json', 'JSON on stdout, for scripts; the exit status stays the same'],
      ])}`,
    ].join('\n');
  }

  protected override async showRootHelp(): Promise<void> {
    process.stdout.write(this.formatRoot());
    await Promise.resolve();
  }
}
