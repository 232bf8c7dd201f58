import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from '../support/run-program.ts';

const run = promisify(execFile);
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries
      .filter(entry => entry.isFile())
      .map(async entry => (await lstat(path.join(entry.parentPath, entry.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

describe('the package', () => {
  let home: string;
  let files: string[];
  const os = async (...args: string[]): Promise<string> =>
    (await run(path.join(home, 'node_modules/.bin/os'), args, { cwd: home })).stdout;

  before(async function () {
    this.timeout(300_000);
    home = await mkdtemp(path.join(tmpdir(), 'os-install-'));
    const { stdout } = await run(npm, ['pack', '--json', '--ignore-scripts', `--pack-destination=${home}`], {
      cwd: root,
    });
    const packed = JSON.parse(stdout) as Record<string, unknown> | unknown[];
    const [{ filename, files: list }] = Object.values(packed) as [
      { filename: string; files: { path: string }[] },
    ];
    files = list.map(file => file.path);
    await run(npm, ['install', '--no-save', path.join(home, filename)], { cwd: home });
  });

  after(async () => {
    await rm(home, { recursive: true, force: true });
  });

  it('holds the program, its documents and nothing else', () => {
    const others = files.filter(
      file =>
        !file.startsWith('dist/') &&
        ![
          'bin/run.js',
          'package.json',
          'oclif.manifest.json',
          'README.md',
          'LICENSE',
          'CHANGELOG.md',
        ].includes(file),
    );
    assert.deepEqual(others, []);
    assert.deepEqual(
      files.filter(file => /\.(ts|map)$/.test(file) && !/^dist\/types\/.*\.d\.ts$/.test(file)),
      [],
    );
  });

  it('holds the system files of an emulated device, each as it is', async () => {
    const source = path.join(root, 'src/emulator/rootfs');
    for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = path.join(entry.parentPath, entry.name);
      const installed = path.join(
        home,
        'node_modules/os-cli/dist/emulator/rootfs',
        path.relative(source, file),
      );
      assert.deepEqual(await readFile(installed), await readFile(file), file);
      assert.equal((await lstat(installed)).mode & 0o111, (await lstat(file)).mode & 0o111, file);
    }
  });

  it('installs as at most 12 packages and 15 MB', async () => {
    const lock = JSON.parse(await readFile(path.join(home, 'node_modules/.package-lock.json'), 'utf8')) as {
      packages: Record<string, unknown>;
    };
    const packages = Object.keys(lock.packages);
    assert.ok(packages.length <= 12, packages.join(', '));
    const size = await sizeOf(path.join(home, 'node_modules'));
    assert.ok(size <= 15_000_000, `${size.toString()} bytes`);
  });

  it('runs where there is no source', async () => {
    const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    assert.equal(await os('--version'), `${version}\n`);
    assert.match(await os('--help'), /\n {2}scan /);
    assert.match(await os('scan', '--help'), /\nEXIT STATUS\n/);
    assert.match(await os('emulator', 'list'), /^(NAME|no emulated devices)/);
    // Where something else than an SSH server answers, ssh2 has been loaded.
    const server = createServer(socket => socket.end('hello\r\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await assert.rejects(os('ssh', `127.0.0.1:${port.toString()}`, '--', 'true'), {
      code: 3,
      stderr: /is not an SSH server/,
    });
    server.close();
  });

  it('exports its verbs with types: the examples of docs/library.md compile, and verbs run', async () => {
    const docs = await readFile(path.join(root, 'docs/library.md'), 'utf8');
    const [example = '', tunnelling = ''] = [...docs.matchAll(/```ts\n([^]*?)```/g)].map(it => it[1] ?? '');
    assert.match(example, /from 'os-cli'/);
    const usage = `import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { openCapabilities, projectIn, ps, tunnel, type Capabilities, type PsResult } from 'os-cli';
const closed: string[] = [];
const engine = {
  listContainers: () => Promise.resolve([]),
  [Symbol.asyncDispose]: () => Promise.resolve(void closed.push('engine')),
};
const reach = (() => Promise.resolve({ engine, name: 'mydevice' })) as unknown as Capabilities['reach'];
const capabilities = openCapabilities({ signal: new AbortController().signal });
const result: PsResult = await ps(
  { ...capabilities, reach },
  { target: { via: 'tcp' }, project: projectIn('.'), isAll: true },
);
const stopping = new AbortController();
let heard = '';
const session = {
  isOpen: true,
  closed: new Promise(() => undefined),
  openPort: (port: number) => {
    const stream = new PassThrough();
    stream.write('port ' + port + ' hears: ');
    return Promise.resolve(stream);
  },
};
const lasting = { get: () => Promise.resolve(session), [Symbol.asyncDispose]: () => Promise.resolve(void closed.push('host')) };
const target = { device: 'mydevice', via: undefined };
const ended = await tunnel(
  {
    ...openCapabilities({
      signal: stopping.signal,
      reportTunnel: event => {
        if (event.type !== 'listening') return;
        const client = connect(event.localPort, '127.0.0.1').end('hello');
        void text(client).then(said => {
          heard = said;
          stopping.abort(new Error('enough'));
        });
      },
    }),
    openLastingHost: (() => Promise.resolve({ session, lasting, host: 'mydevice' })) as unknown as Capabilities['openLastingHost'],
  },
  {
    words: { device: '192.0.2.1', ports: [{ service: null, port: 80, localPort: 0 }], suspect: undefined },
    reverse: [],
    target,
    project: projectIn('.'),
    sshPort: undefined,
    bind: undefined,
    isAll: false,
  },
).catch((error: Error) => error.message);
console.log(JSON.stringify({ result, closed, heard, ended }));
`;
    await writeFile(path.join(home, 'example.ts'), example);
    const imports = "import { openCapabilities, projectIn, tunnel } from 'os-cli';\n";
    await writeFile(path.join(home, 'tunnelling.ts'), `${imports}${tunnelling}`);
    await writeFile(path.join(home, 'usage.ts'), usage);
    await writeFile(path.join(home, 'package.json'), '{"type":"module"}');
    const compilerOptions = {
      strict: true,
      skipLibCheck: false,
      target: 'es2023',
      lib: ['es2023', 'esnext.disposable'],
      module: 'nodenext',
      typeRoots: [path.join(root, 'node_modules/@types')],
      types: ['node'],
    };
    await writeFile(
      path.join(home, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['example.ts', 'tunnelling.ts', 'usage.ts'] }),
    );
    const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
    await run(process.execPath, [compiler, '-p', home], { cwd: home }).catch((error: unknown) => {
      throw new Error((error as { stdout?: string }).stdout, { cause: error });
    });
    const { stdout } = await run(process.execPath, ['usage.js'], { cwd: home });
    assert.deepEqual(JSON.parse(stdout), {
      result: { project: null, services: [] },
      closed: ['engine', 'host'],
      heard: 'port 80 hears: hello',
      ended: 'enough',
    });
  });
});
