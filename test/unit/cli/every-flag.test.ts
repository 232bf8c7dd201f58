import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../support/run-program.ts';

const read = (...parts: string[]): string => readFileSync(path.join(root, ...parts), 'utf8');

interface ManifestFlag {
  readonly char?: string;
  readonly helpGroup?: string;
}

const manifest = JSON.parse(read('oclif.manifest.json')) as {
  readonly commands: Readonly<
    Record<string, { readonly flags: Readonly<Partial<Record<string, ManifestFlag>>> }>
  >;
};

/** The functions of src/cli/flags by name, as text: commands hand all of their flags to some of them. */
const shared = new Map(
  readdirSync(path.join(root, 'src/cli/flags')).flatMap(file =>
    read('src/cli/flags', file)
      .split(/^(?=(?:export )?(?:async )?(?:function|const) )/m)
      .flatMap(text => {
        const name = /^(?:export )?(?:async )?(?:function|const) (\w+)/.exec(text)?.[1];
        return name === undefined ? [] : [[name, text] as const];
      }),
  ),
);

/** True if `source` reads the flag `name` of its `flags`, or a function that it hands them to does. */
function isRead(name: string, source: string): boolean {
  const destructured = [...source.matchAll(/const \{([^}]*)\} = flags/g)].map(([, names = '']) => names);
  const listed = [...source.matchAll(/\(\[([^\]]*)\] as const\)[^;]*?\bflags\[\w+\]/g)].map(
    ([, names = '']) => names,
  );
  return (
    source.includes(`flags['${name}']`) ||
    listed.join().includes(`'${name}'`) ||
    // `flags[family === 4 ? 'no-ipv4' : 'no-ipv6']`
    new RegExp(`\\bflags\\[[^\\]]*'${name}'[^\\]]*\\]`).test(source) ||
    new RegExp(`\\bflags\\.${name}\\b`).test(source) ||
    new RegExp(`(^|[\\s,'])${name}\\b`).test(destructured.join()) ||
    [...shared].some(
      ([called, text]) =>
        text !== source && new RegExp(`\\b${called}\\([^;]*?\\bflags\\b`).test(source) && isRead(name, text),
    )
  );
}

/** Flags that the base command reads: of every command, and of those that several devices may be named to. */
const isOfBase = (id: string, name: string): boolean =>
  ['json', 'quiet', 'help'].includes(name) || manifest.commands[id]?.flags[name]?.helpGroup === 'DEVICE';

describe('every option', () => {
  it('of every command is read by it: none is accepted and dropped', () => {
    const dropped: string[] = [];
    for (const [id, { flags }] of Object.entries(manifest.commands)) {
      const source = read('src/commands', `${id.replaceAll(':', '/')}.ts`);
      const run = source.slice(source.indexOf('async run()'));
      for (const name of Object.keys(flags))
        if (!isOfBase(id, name) && !isRead(name, run)) dropped.push(`${id} --${name}`);
    }
    assert.deepEqual(dropped, []);
  });

  it('--follow is -f, as docker and journalctl have it', () => {
    const following = Object.entries(manifest.commands).flatMap(([id, { flags }]) => {
      const follow = flags['follow'];
      return follow === undefined ? [] : [`${id} -${follow.char ?? ''}`];
    });
    assert.deepEqual(following.sort(), ['emulator:logs -f', 'logs -f']);
  });

  it('that nothing reads is noticed', () => {
    assert.equal(isRead('ignored', 'const { used } = flags; call(flags.other);'), false);
    assert.equal(isRead('engine-port', 'toDeviceRequest(args.device, flags)'), true);
  });
});
