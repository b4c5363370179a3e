/** Rules about a GA/T 1400 platform. */
import { grouped } from "./grouped.ts";
import type { Finding } from "./problem.ts";
import { error, words } from "./problem.ts";
import type { GateConfig } from "./schema.ts";

type Viid = NonNullable<GateConfig["viid"]>;

export function viidFindings({ viid, lanes }: GateConfig): readonly Finding[] {
  if (viid === undefined) return [];
  return [
    ...encryption(viid),
    ...grounds(viid),
    ...devices(
      viid,
      lanes.map(({ id }) => id),
    ),
  ];
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

function encryption({ url, clearTextGround }: Viid): readonly Finding[] {
  if (!URL.canParse(url)) {
    const hint = words("例如 https://viid.example:8443", "For example https://viid.example:8443");
    return [error("BAD_FORM", ["viid", "url"], words("地址写法不对", "This is no address"), hint)];
  }
  const { protocol, hostname } = new URL(url);
  if (protocol === "https:" || LOOPBACK.test(hostname) || clearTextGround !== undefined) return [];
  const message = words("上报平台没有加密", "The line to the platform isn't encrypted");
  const hint = words(
    "改成 https://；只在专网或 VPN 里时写 clearTextGround: 依据",
    "Write https://, or in a closed network clearTextGround: and why",
  );
  return [error("VIID_CLEAR_TEXT", ["viid", "url"], message, hint)];
}

/** What tells of people needs a right that is written down (promise 6). */
function grounds({ plates, platesGround, faces, facesGround }: Viid): readonly Finding[] {
  const found: Finding[] = [];
  if (plates === "plain" && platesGround === undefined) {
    const message = words("车牌明文上报要写明法律依据", "Plates in clear need a recorded legal ground");
    const hint = words("写 platesGround: 文号和条款；没有依据就用 withheld", "Write platesGround, or plates: withheld");
    found.push(error("PLATES_GROUND_MISSING", ["viid", "plates"], message, hint));
  }
  if (faces && facesGround === undefined) {
    const message = words("人脸对象上报要写明法律依据", "Face objects need a recorded legal ground");
    const hint = words("写 facesGround: 文号和条款；没有依据就用 faces: false", "Write facesGround, or faces: false");
    found.push(error("FACES_GROUND_MISSING", ["viid", "faces"], message, hint));
  }
  return found;
}

/** Two lanes under one code couldn't be told apart any more, up there; lanes without a code share the gate's own. */
function devices({ laneDevices, deviceId }: Viid, ids: readonly string[]): readonly Finding[] {
  const strangers = Object.keys(laneDevices).filter((id) => !ids.includes(id));
  const given = Object.entries(laneDevices).filter(([id]) => ids.includes(id));
  const twice = [...grouped(given, ([, code]) => code).values()].filter((same) => same.length > 1);
  const own = given.filter(([, code]) => code === deviceId && ids.length > given.length);
  const hint = words("每个通道一个编码", "Give each lane its own code");
  return [
    ...strangers.map((id) => {
      const message = words(`没有“${id}”`, `There is no \`${id}\``);
      const known = words(`可用：${ids.join(" ")}`, `Known: ${ids.join(" ")}`);
      return error("VIID_DEVICE_UNKNOWN", ["viid", "laneDevices", id], message, known);
    }),
    ...twice.flatMap((same) => {
      const names = same.map(([id]) => id);
      const message = words(`${names.join("、")} 的编码相同`, `${names.join(", ")} have one code`);
      const [first] = names;
      return first === undefined ? [] : [error("VIID_DEVICE_TWICE", ["viid", "laneDevices", first], message, hint)];
    }),
    ...own.map(([id]) => {
      const message = words(`${id} 与门岗本身的编码相同`, `${id} has the gate's own code`);
      return error("VIID_DEVICE_TWICE", ["viid", "laneDevices", id], message, hint);
    }),
  ];
}
