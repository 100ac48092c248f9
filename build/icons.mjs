/**
 * Renders assets/ from its SVG sources: `node build/icons.mjs`. Needs rsvg-convert (Debian: librsvg2-bin).
 * assets/README.md says what comes out and who uses it.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const assets = join(import.meta.dirname, "../assets");

const RASTERISER = "rsvg-convert";

/** Below this many pixels the app icon is drawn from the simpler source. */
const SMALL = 48;

/** Apple's icon grid leaves this share of the square free at each edge. */
const MAC_MARGIN = 100 / 1024;

/** @param {number} size @param {number} margin pixels left free at each edge */
function appIcon(size, margin = 0) {
  const source = size < SMALL ? "icon-small.svg" : "icon.svg";
  const drawn = String(size - 2 * margin);
  const page = ["--page-width", String(size), "--page-height", String(size)];
  const place = ["--top", String(margin), "--left", String(margin)];
  return render(source, ["--width", drawn, "--height", drawn, ...page, ...place]);
}

/**
 * The colours of renderer/styles/tokens.css: `ink` for the mark, `open` and `problem` for the signs on it.
 * macOS paints template images itself and looks at their opacity only.
 * @typedef {{ ink: string, open: string, problem: string }} Palette
 * @type {Record<"dark" | "light" | "template", Palette>}
 */
const palettes = {
  dark: { ink: "#181b22", open: "#2558d9", problem: "#b3261e" },
  light: { ink: "#eceef3", open: "#8fb1ff", problem: "#ff978d" },
  template: { ink: "#000000", open: "#000000", problem: "#000000" },
};

/** @param {string} state @param {Palette} palette @param {number} size @param {number} scale */
function trayIcon(state, { ink, open, problem }, size, scale) {
  const styles = [
    `.mark { stroke: ${ink} }`,
    `.open { fill: ${open} }`,
    `.problem { fill: ${problem}; stroke: ${problem} }`,
  ];
  // The drawing's grid is 16 pixels; between its multiples a stem of two pixels stays sharp.
  if (size % 16 !== 0)
    styles.push(`.mark { stroke-width: 1.7 } .stem { stroke-width: ${(2 * 16) / size} }`);
  const width = String(size * scale);
  return render(`tray/tray-${state}.svg`, ["--width", width, "--height", width], styles.join("\n"));
}

/** @param {string} source @param {readonly string[]} options @param {string} [styles] that go before the drawing's own */
function render(source, options, styles = "") {
  const drawing = readFileSync(join(assets, source), "utf8");
  return execFileSync(RASTERISER, options, {
    input: drawing.replace("</title>", `</title><style>${styles}</style>`),
    maxBuffer: 8 * 1024 * 1024,
  });
}

/** A Windows icon file of PNG pictures. @param {readonly number[]} sizes pixels, at most 256 */
function ico(sizes) {
  const pictures = sizes.map((size) => appIcon(size));
  const head = Buffer.alloc(6 + 16 * sizes.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(sizes.length, 4);
  let offset = head.length;
  for (const [index, picture] of pictures.entries()) {
    const size = sizes[index] ?? 0;
    const entry = head.subarray(6 + 16 * index);
    // One byte each for width and height; 0 stands for 256.
    entry.writeUInt8(size % 256, 0);
    entry.writeUInt8(size % 256, 1);
    entry.writeUInt16LE(1, 4);
    entry.writeUInt16LE(32, 6);
    entry.writeUInt32LE(picture.length, 8);
    entry.writeUInt32LE(offset, 12);
    offset += picture.length;
  }
  return Buffer.concat([head, ...pictures]);
}

/** An Apple icon file of PNG pictures. @param {Readonly<Record<string, number>>} types pixels by OSType */
function icns(types) {
  const blocks = Object.entries(types).map(([type, size]) => {
    const picture = appIcon(size, size * MAC_MARGIN);
    return Buffer.concat([blockHead(type, picture.length), picture]);
  });
  const body = Buffer.concat(blocks);
  return Buffer.concat([blockHead("icns", body.length), body]);
}

/** @param {string} type four letters @param {number} length bytes that follow */
function blockHead(type, length) {
  const head = Buffer.alloc(8);
  head.write(type, 0, "latin1");
  head.writeUInt32BE(8 + length, 4);
  return head;
}

/** @param {string} name @param {Buffer} content */
function save(name, content) {
  writeFileSync(join(assets, name), content);
}

mkdirSync(join(assets, "linux"), { recursive: true });
for (const size of [16, 24, 32, 48, 64, 128, 256, 512]) {
  save(`linux/${size}x${size}.png`, appIcon(size));
}
save("icon.png", appIcon(512));
save("icon-1024.png", appIcon(1024));
save("icon.ico", ico([16, 20, 24, 32, 40, 48, 64, 128, 256]));
save(
  "icon.icns",
  icns({ ic11: 32, ic12: 64, ic07: 128, ic13: 256, ic08: 256, ic14: 512, ic09: 512, ic10: 1024 }),
);

/** @type {readonly ["idle" | "open" | "problem", string][]} */
const states = [
  ["idle", "trayTemplate"],
  ["open", "trayOpenTemplate"],
  ["problem", "trayProblemTemplate"],
];
for (const [state, template] of states) {
  for (const [scale, suffix] of /** @type {[number, string][]} */ ([
    [1, ""],
    [2, "@2x"],
  ])) {
    save(`tray/${template}${suffix}.png`, trayIcon(state, palettes.template, 16, scale));
    for (const ink of /** @type {const} */ (["dark", "light"])) {
      for (const size of [16, 22, 24, 32, 48]) {
        save(
          `tray/tray-${state}-${ink}-${size}${suffix}.png`,
          trayIcon(state, palettes[ink], size, scale),
        );
      }
    }
  }
}
