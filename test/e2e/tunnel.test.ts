import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { TunnelEvent } from '../../src/tunnel/tunnel-events.ts';
import { useDevice } from '../support/emulated-device.ts';
import { assertKnownEvents } from '../support/event-schema.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/openssh-server.ts';
import { startOs, type RunningOs } from '../support/pushing.ts';
import { root, type Ended } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { lineOf, openTerminal, type TestTerminal } from '../support/terminal.ts';

const run = (service: string, options: string, listen: string): string =>
  `docker run --detach --init --name ${service} ${options} --label com.docker.compose.project=shop ` +
  `--label com.docker.compose.service=${service} busybox ` +
  `sh -c 'mkdir /www; echo from ${service} > /www/index.html; exec httpd -f -h /www -p ${listen}'`;

describe('os tunnel', function () {
  this.timeout(120_000);
  const device = useDevice();
  let home: Awaited<ReturnType<typeof openTempDirectory>>;
  const open = new Set<RunningOs>();

  const onDevice = async (script: string): Promise<string> => {
    const { code, stdout, stderr } = await device().ssh(script);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const tunnel = (...args: string[]): RunningOs => {
    const running = startOs(['tunnel', device().address, ...args], home.path);
    open.add(running);
    void running.ended.then(() => open.delete(running));
    return running;
  };
  const eventsOf = (running: Pick<RunningOs, 'stdout'>): TunnelEvent[] =>
    running
      .stdout()
      .split('\n')
      .filter(line => line.endsWith('}'))
      .map(line => JSON.parse(line) as TunnelEvent);
  /** The ports of this machine that lead to the ports `words` ask for, once all of them listen. */
  const opened = async (running: RunningOs, count: number): Promise<number[]> => {
    await running.saying(new RegExp(`(.*"listening"[^]*){${count.toString()}}`));
    return eventsOf(running).flatMap(event => (event.type === 'listening' ? event.localPort : []));
  };
  const page = async (port: number | undefined): Promise<string> =>
    (await fetch(`http://127.0.0.1:${String(port)}/`)).text();
  const interrupt = async (running: RunningOs): Promise<Ended> => {
    running.kill('SIGINT');
    return running.ended;
  };
  /** What others may see of the device: its containers, and who listens. */
  const state = (): Promise<string> =>
    onDevice(
      `docker ps --all --no-trunc --format '{{.ID}} {{.Names}} {{.State}}' | sort; ss -ltnH | awk '{print $4}' | sort`,
    );

  before(async () => {
    home = await openTempDirectory();
    await eventually(() => onDevice('docker image inspect busybox'));
    await onDevice(
      [
        run('web', '', '80'),
        run('pub', '--publish 8080:80', '80'),
        run('debug', '', '127.0.0.1:9229'),
        run('alone', '--network none', '80'),
        run('side', '--network container:web', '81'),
        run('hosted', '--network host', '8082'),
      ].join('\n'),
    );
  });
  after(async () => {
    for (const running of open) running.kill('SIGKILL');
    await home[Symbol.asyncDispose]();
  });

  it('leads to ports of services, published or not, whatever network they have, and to those of the host', async () => {
    const before = await state();
    const words = ['web:80', 'pub:80', 'debug:9229', 'alone:80', 'side:81', 'hosted:8082', '8080'];
    const running = tunnel(...words.map(word => (word === '8080' ? '8080:0' : `${word}:0`)), '--json');
    const ports = await opened(running, words.length);
    await eventually(async () =>
      assert.deepEqual(
        await Promise.all(ports.map(page)),
        ['web', 'pub', 'debug', 'alone', 'side', 'hosted', 'pub'].map(name => `from ${name}\n`),
      ),
    );
    const { code, stdout } = await interrupt(running);
    assert.equal(code, 130);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as { type: string; device?: string });
    assertKnownEvents(events);
    assert.ok(events.every(event => event.device !== undefined));
    assert.equal(events.at(-1)?.type, 'error');
    for (const port of ports) await assert.rejects(page(port));
    assert.equal(await state(), before);
  });

  it('leads to the service under its name after it was made anew, and says meanwhile that it is away', async () => {
    const port = await freePort();
    const running = tunnel(`web:80:${port.toString()}`);
    await running.saying(/→ web:80 on /);
    assert.equal(await page(port), 'from web\n');
    await onDevice(`docker rm --force side web > /dev/null; ${run('other', '', '80')}`);
    await assert.rejects(page(port));
    await running.saying(/has no service web/);
    await onDevice(`${run('web', '', '80')}; docker rm --force other`);
    await eventually(async () => assert.equal(await page(port), 'from web\n'));
    assert.equal((await interrupt(running)).code, 130);
  });

  it('says that nothing listens, and who has a port of this machine; then none is opened', async () => {
    const running = tunnel('web:81:0', '--json');
    const [port] = await opened(running, 1);
    await assert.rejects(page(port));
    await running.saying(/nothing listens on port 81 in web on /);
    const other = await freePort();
    const refused = await tunnel(`web:80:${other.toString()}`, `web:82:${String(port)}`).ended;
    assert.equal(refused.code, 8);
    assert.match(
      refused.stderr,
      new RegExp(
        `port ${String(port)} of this machine is in use by node \\(pid ${running.pid.toString()}\\) \\(127.0.0.1\\)`,
      ),
    );
    assert.equal(refused.stdout, '');
    await interrupt(running);
  });

  it('refuses what it does not carry, and offers what the project publishes', async () => {
    const udp = await tunnel('dns:53/udp').ended;
    assert.deepEqual([udp.code, udp.stderr.includes('tunnels carry TCP alone')], [2, true]);
    const unknown = await tunnel('wbe:80').ended;
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /has no service wbe/);
    const offering = tunnel('--project', 'shop', '--json');
    const [event] = (await opened(offering, 1), eventsOf(offering));
    assert.ok(event?.type === 'listening');
    assert.deepEqual([event.service, event.port, event.localPort], ['pub', 80, 8080]);
    assert.equal((await interrupt(offering)).code, 130);
  });

  it('lets a person at a terminal pick one of the ports that the project publishes, or all, or none', async () => {
    await onDevice(run('second', '--publish 8081:80', '80'));
    try {
      const words = ['tunnel', device().address, '--project', 'shop'];
      const line = `trap : INT; ${lineOf([process.execPath, path.join(root, 'bin/run.js'), ...words])}; echo status=$?`;
      const env = { PATH: process.env['PATH'], TERM: 'xterm', HOME: home.path, XDG_STATE_HOME: home.path };
      const pick = async (keys: string): Promise<TestTerminal> => {
        const terminal = await openTerminal(line, env);
        await terminal.until(/Which port\?[^]*all of them[^]*pub:80:8080[^]*second:80:8081/);
        terminal.type(keys);
        return terminal;
      };
      const [down, enter, interrupt] = ['\x1b[B', '\r', '\x03'];
      await using one = await pick(`${down}${down}${enter}`);
      await one.until(/→ second:80 on /);
      assert.equal(await page(8081), 'from second\n');
      assert.doesNotMatch(one.shown(), /→ pub:80 on /);
      one.type(interrupt);
      await one.until(/status=130/);
      await using all = await pick(enter);
      await all.until(/→ pub:80 on [^]*→ second:80 on /);
      assert.deepEqual([await page(8080), await page(8081)], ['from pub\n', 'from second\n']);
      all.type(interrupt);
      await all.until(/status=130/);
      await using none = await pick(interrupt);
      await none.until(/status=130/);
      assert.doesNotMatch(none.shown(), / → pub|defect/);
    } finally {
      await onDevice('docker rm --force second');
    }
  });

  it('--reverse leads from the host, and from containers where the SSH server allows that, to this machine', async () => {
    const server = createServer((_, response) => void response.end('from here\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const local = (server.address() as AddressInfo).port.toString();
    const before = await state();
    const first = tunnel('--reverse', `3000:${local}`);
    await first.saying(/127\.0\.0\.1:3000 on .* port \d+ of this machine/);
    await first.saying(/containers do not reach it/);
    assert.equal(await onDevice('curl -s http://127.0.0.1:3000/'), 'from here\n');
    const taken = await tunnel('--reverse', `3000:${local}`).ended;
    assert.equal(taken.code, 8);
    assert.match(taken.stderr, /port 3000 of \S+ is in use, at 127\.0\.0\.1/);
    assert.equal((await interrupt(first)).code, 130);
    await eventually(async () => assert.equal(await state(), before));

    await onDevice(
      "sed -i 's/^SSHD_OPTS=.*/& -o GatewayPorts=clientspecified/' /var/volatile/development-features",
    );
    const second = tunnel('--reverse', `3000:${local}`, '--json');
    await second.saying(/"reverse-listening"/);
    const [event] = eventsOf(second);
    assert.ok(event?.type === 'reverse-listening' && event.containers !== null && !event.isPublic);
    assert.equal(await onDevice(`docker exec web wget -q -O - http://${event.containers}/`), 'from here\n');
    assert.equal((await interrupt(second)).code, 130);
    await eventually(async () => assert.equal(await state(), before));
    server.close();
  });

  it('leads to published ports alone where SSH is closed, and refuses the others plainly', async () => {
    await onDevice('systemctl stop sshd.socket');
    const refused = await tunnel('web:80:0').ended;
    assert.equal(refused.code, 4);
    assert.match(refused.stderr, /SSH on \S+ is closed, and web publishes no port 80\n +publish it/);
    const running = tunnel('pub:80:0', '--json');
    const [port] = await opened(running, 1);
    assert.equal(await page(port), 'from pub\n');
    assert.equal((await interrupt(running)).code, 130);
  });
});
