import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { eventually } from '../support/eventually.ts';
import { deviceEnvironment } from '../support/emulated-device.ts';
import { osSsh, outcomeOf, runOsSsh, startOsSsh, type Ended } from '../support/os-ssh.ts';
import { useSharedDevice } from '../support/shared-device.ts';
import { lineOf, openTerminal } from '../support/terminal.ts';

const label = (project: string, service: string): string =>
  `--label com.docker.compose.project=${project} --label com.docker.compose.service=${service}`;

describe('os ssh with a service', function () {
  this.timeout(120_000);
  const device = useSharedDevice();
  let env: NodeJS.ProcessEnv;
  const at = (): string => device().address;
  const os = (args: readonly string[], input?: string | Buffer): Promise<Ended> =>
    runOsSsh([at(), ...args], { env, ...(input === undefined ? {} : { input }) });
  const onDevice = async (script: string): Promise<string> => {
    const { code, stdout, stderr } = await device().ssh(script);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  /** What runs in the container, by the engine's own word. */
  const processes = async (container: string): Promise<string[]> => {
    const top = (await device().engine(`/containers/${container}/top?ps_args=-eo%20pid,args`)) as {
      Processes: string[][];
    };
    return top.Processes.map(columns => columns.slice(1).join(' ')).sort();
  };

  before(async () => {
    env = { ...process.env, ...deviceEnvironment(), OS_DEVICE: undefined, NO_COLOR: '1' };
    await eventually(() => onDevice('docker image inspect busybox'));
    await onDevice(`
      set -e
      docker run --detach --init --name web ${label('shop', 'web')} busybox sleep 100000
      docker run --detach --init --name other ${label('shop', 'top')} busybox sleep 100000
      docker run --name job ${label('shop', 'job')} busybox false || [ $? = 1 ]
      docker create --name source busybox
      docker cp source:/bin/busybox - > /tmp/bare.tar
      docker rm source
      docker import /tmp/bare.tar bare
      docker run --detach --name bare ${label('shop', 'bare')} bare /busybox sleep 100000`);
  });

  it('runs a command there with its exact exit status, its words unchanged, and stdout apart from stderr', async () => {
    const { status, stdout, stderr } = await os([
      'web',
      '--',
      'sh',
      '-c',
      'echo "$1"; echo no >&2; exit 7',
      'x',
      'a  b$',
    ]);
    assert.deepEqual([status, stdout.toString(), stderr], [7, 'a  b$\n', 'no\n']);
  });

  it('passes binary streams in both directions, and the end of the input as the end of the input', async () => {
    const input = randomBytes(5_000_000);
    const { status, stdout } = await os(['web', '--', 'cat'], input);
    assert.deepEqual([status, stdout.length], [0, input.length]);
    assert.ok(stdout.equals(input));
    const summed = await os(['web', '--', 'sha256sum | cut -c 1-64; exit 3'], input);
    const sum = createHash('sha256').update(input).digest('hex');
    assert.deepEqual([summed.status, summed.stdout.toString()], [3, `${sum}\n`]);
    const large = await os(['web', '--', 'head -c 12000000 /dev/zero']);
    assert.equal(large.stdout.length, 12_000_000);
    const script = await os(['web'], 'echo from the input\nexit 5\n');
    assert.deepEqual([script.status, script.stdout.toString()], [5, 'from the input\n']);
  });

  it('that is interrupted ends the command and what it started, and nothing else in the container', async () => {
    const bystander = startOsSsh([at(), 'web', '--', 'sleep', '4242'], env);
    await eventually(async () => assert.ok((await processes('web')).includes('sleep 4242')));
    const before = await processes('web');
    for (const [signal, expected] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      const child = startOsSsh([at(), 'web', '--', 'sleep 777 & sleep 778; echo over'], env);
      await eventually(async () => {
        const now = await processes('web');
        assert.ok(now.includes('sleep 777') && now.includes('sleep 778'), now.join());
      });
      child.kill(signal);
      assert.equal((await outcomeOf(child)).status, expected);
      await eventually(async () => assert.deepEqual(await processes('web'), before));
    }
    bystander.kill('SIGKILL');
    await once(bystander, 'close');
  });

  it('that is interrupted ends the command although nobody takes its output', async () => {
    const child = startOsSsh([at(), 'web', '--', 'yes line of 781'], env);
    await once(child.stdout, 'readable');
    // It stands still once all that is between the two is full.
    const written = (): Promise<string> =>
      onDevice(`sed -n 's/^wchar: //p' /proc/$(pgrep -n -f '[y]es line of 781')/io`);
    let before: string | undefined;
    await eventually(async () => {
      const now = await written();
      const isStill = now === before;
      before = now;
      assert.ok(isStill);
    });
    child.kill('SIGTERM');
    const [status] = (await once(child, 'exit')) as [number | null];
    assert.equal(status, 143);
    await eventually(async () => assert.ok(!(await processes('web')).join().includes('781')));
    child.stdout.destroy();
  });

  it('whose reader goes away ends the command', async () => {
    const child = startOsSsh([at(), 'web', '--', 'while :; do echo line of 779; sleep 0.01; done'], env);
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [status] = (await once(child, 'close')) as [number | null];
    assert.equal(status, 141);
    await eventually(async () => assert.ok(!(await processes('web')).join().includes('779')));
  });

  it('opens a shell in a terminal of the right size and kind, and takes new sizes and Ctrl-C', async () => {
    const line = lineOf([...osSsh, at(), 'web']);
    await using terminal = await openTerminal(`${line}; echo "status=$?"`, {
      ...env,
      TERM: 'xterm-256color',
    });
    await terminal.until(/# /);
    assert.doesNotMatch(terminal.shown(), /os-[0-9a-f]{24}/);
    terminal.type('echo "$TERM $(stty size)"\r');
    await terminal.until(/xterm-256color 30 100\r\n/);
    terminal.resize(123, 45);
    await eventually(async () => {
      terminal.type('stty size\r');
      await new Promise(resolve => setTimeout(resolve, 300));
      assert.match(terminal.shown(), /\n45 123\r\n/);
    });
    terminal.type('sleep 60\r');
    await terminal.until(/sleep 60\r\n/);
    await eventually(async () => assert.ok((await processes('web')).includes('sleep 60')));
    terminal.type('\x03');
    await eventually(async () => assert.ok(!(await processes('web')).includes('sleep 60')));
    terminal.type('echo "slept $?"\r');
    await terminal.until(/slept 130/);
    terminal.type('exit 9\r');
    await terminal.until(/status=9/);
  });

  it('says plainly that a service is not running, is not there, or has no shell', async () => {
    const stopped = await os(['job', '--', 'true']);
    assert.equal(stopped.status, 6);
    assert.match(
      stopped.stderr,
      /^os: job on \S+ is not running: Exited \(1\) .*\n +start it: os start \S+ job; why/,
    );
    const unknown = await os(['wbe', '--', 'true']);
    assert.match(unknown.stderr, /has no service wbe\n +it has bare, job, top, web; a command goes after --/);
    assert.equal(unknown.status, 2);
    const bare = await os(['bare'], '');
    assert.match(bare.stderr, /the image of bare on \S+ has no shell\n +run a program of it by its name/);
    assert.equal(bare.status, 2);
    const program = await os(['bare', '--', '/busybox', 'echo', 'no shell']);
    assert.deepEqual([program.status, program.stdout.toString()], [0, 'no shell\n']);
    const user = await os(['web', '--user', 'nobody-there', '--', 'true']);
    assert.equal(user.status, 4);
    assert.match(user.stderr, /nobody-there/);
  });

  it('refuses a name that is a service and a command, with both spellings', async () => {
    const { status, stderr } = await os(['top']);
    assert.equal(status, 2);
    assert.match(
      stderr,
      /top is a service on the device, and a command\n +say which: .* --service top, or .* -- top/,
    );
    const certain = await os(['--service', 'top', '--', 'hostname']);
    assert.deepEqual([certain.status, certain.stdout.length], [0, 13]);
  });

  it('works where SSH is closed', async () => {
    await onDevice('systemctl stop sshd.socket');
    const { status, stdout } = await os(['web', '--json', '--', 'echo', 'open']);
    assert.equal(status, 0);
    assert.equal((JSON.parse(stdout.toString()) as { result: { stdout: string } }).result.stdout, 'open\n');
  });
});
