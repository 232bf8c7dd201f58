// Records `npm run demo` as a person sees it: docs/demo.cast (asciicast v2, with its real times) and docs/demo.svg (the
// finished screen). Needs Linux, util-linux's `script`, and tmux.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const columns = 110;
const rows = 34;

/** Runs the demo in a terminal of its own and returns what it printed, with the second it was printed at. */
async function recordDemo() {
  const startedAt = performance.now();
  const chunks = [];
  const command = `stty cols ${columns} rows ${rows}; exec node scripts/demo.mjs`;
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd: root,
    env: { ...process.env, TERM: 'xterm-256color' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', text => chunks.push([(performance.now() - startedAt) / 1000, text]));
  const code = await new Promise(resolve => child.once('close', resolve));
  if (code !== 0) throw new Error(`the demo ended with status ${code}`);
  return chunks;
}

/** The text as a terminal shows it in the end, all of its lines, with colours as escape sequences. */
function renderScreen(chunks) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'os-demo-'));
  const file = path.join(directory, 'printed');
  const tmux = (...args) =>
    spawnSync('tmux', ['-L', path.basename(directory), ...args], { encoding: 'utf8' });
  try {
    fs.writeFileSync(file, chunks.map(([, text]) => text).join(''));
    const done = path.join(directory, 'done');
    tmux('new-session', '-d', '-x', `${columns}`, '-y', `${rows}`, `cat ${file}; touch ${done}; sleep 60`);
    const deadline = Date.now() + 10_000;
    while (!fs.existsSync(done) && Date.now() < deadline) spawnSync('sleep', ['0.05']);
    spawnSync('sleep', ['0.3']);
    return tmux('capture-pane', '-e', '-p', '-S', '-1000').stdout.trimEnd().split('\n');
  } finally {
    tmux('kill-server');
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

const escapeXml = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const colours = { 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341', 34: '#79c0ff', 35: '#d2a8ff', 36: '#76e3ea' };

/** One line of the screen as SVG text spans. */
function toSpans(line) {
  let style = '';
  return line
    .split(/(\x1b\[[\d;]*m)/) // eslint-disable-line no-control-regex -- what tmux marks styles with
    .map(part => {
      const codes = /^\x1b\[([\d;]*)m$/.exec(part)?.[1]; // eslint-disable-line no-control-regex -- the same
      if (codes === undefined) return part === '' ? '' : `<tspan${style}>${escapeXml(part)}</tspan>`;
      style = codes
        .split(';')
        .map(code =>
          code === '1'
            ? ' font-weight="bold"'
            : code === '2'
              ? ' opacity="0.6"'
              : colours[code]
                ? ` fill="${colours[code]}"`
                : '',
        )
        .join('');
      return '';
    })
    .join('');
}

function toSvg(lines) {
  const [cellWidth, lineHeight, margin] = [8.43, 19, 16];
  const width = Math.round(columns * cellWidth + 2 * margin);
  const height = lines.length * lineHeight + 2 * margin;
  const text = lines
    .map((line, i) => `<text x="${margin}" y="${margin + 14 + i * lineHeight}">${toSpans(line)}</text>`)
    .join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" fill="#e6edf3" xml:space="preserve">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${text}
</svg>
`;
}

const chunks = await recordDemo();
const header = { version: 2, width: columns, height: rows, env: { TERM: 'xterm-256color' } };
fs.mkdirSync(path.join(root, 'docs'), { recursive: true });
fs.writeFileSync(
  path.join(root, 'docs/demo.cast'),
  [header, ...chunks.map(([at, text]) => [Number(at.toFixed(3)), 'o', text])]
    .map(it => `${JSON.stringify(it)}\n`)
    .join(''),
);
fs.writeFileSync(path.join(root, 'docs/demo.svg'), toSvg(renderScreen(chunks)));
process.stdout.write('wrote docs/demo.cast and docs/demo.svg\n');
