/** Everything that `gatepost doctor` can find, how grave it is, and what to do. */
import type { Words } from "../config/problem.ts";
import { words } from "../config/problem.ts";

interface Known {
  readonly severity: "error" | "warning";
  readonly says: Words;
  readonly mend: Words;
}
const error = (says: Words, mend: Words): Known => ({ severity: "error", says, mend });
const warning = (says: Words, mend: Words): Known => ({ severity: "warning", says, mend });

export const FINDINGS = {
  POWER_LOW: error(
    words("供电电压不足", "The supply voltage is too low now"),
    words(
      "换 5V/3A（Pi 5：5V/5A）电源和短粗的线，继电器另外供电",
      "A 5 V/3 A supply (Pi 5: 5 A), a short thick cable, relays on a supply of their own",
    ),
  ),
  POWER_WAS_LOW: warning(
    words("本次开机以来出现过电压不足", "The supply voltage has been too low since the start"),
    words("同上；看看是不是道闸动作时掉电", "The same; see whether it drops when the barrier moves"),
  ),
  TOO_HOT: warning(
    words("温度过高，处理器已降速", "The processor is slowed down, by heat or low voltage"),
    words("机箱要通风，避免日晒", "Air for the case, no sun on it"),
  ),
  CLOCK_WRONG: error(
    words("系统时间明显不对", "The clock shows a year long past"),
    words(
      "sudo timedatectl set-ntp true；没有网络就装时钟电池",
      "sudo timedatectl set-ntp true; without a network a clock battery",
    ),
  ),
  CLOCK_UNSTEERED: warning(
    words("没有对时服务在校准时钟", "Nothing steers the clock"),
    words(
      "sudo apt install systemd-timesyncd；离线地点装时钟电池后配置 clock.trust",
      "sudo apt install systemd-timesyncd; off the network a battery, then clock.trust in gate.yaml",
    ),
  ),
  DISK_LOW: error(
    words("数据盘空间不足", "The data folder's disk is nearly full"),
    words("删除不用的文件，或换大一点的卡", "Remove what isn't needed, or a larger card"),
  ),
  DISK_READ_ONLY: error(
    words("数据盘变成只读", "The data folder's disk is read-only"),
    words(
      "SD 卡多半坏了：先备份，再换卡，gatepost restore",
      "The SD card is probably dying: back up, replace it, gatepost restore",
    ),
  ),
  DISK_WORN: warning(
    words("存储卡快到寿命或有错误", "A disk is near its end, or has had errors"),
    words("尽快备份并换卡", "Back up and replace it soon"),
  ),
  CONFIG_INVALID: error(
    words("配置有错误", "The configuration has errors"),
    words("gatepost check 逐条说明", "gatepost check tells each with its line"),
  ),
  CONFIG_WARNED: warning(
    words("配置有警告", "The configuration has warnings"),
    words("gatepost check 逐条说明", "gatepost check tells each with its line"),
  ),
  GPIO_MISSING: error(
    words("找不到配置里的 GPIO 芯片", "The GPIO chip of the configuration isn't there"),
    words(
      "gpioinfo 看有哪些芯片；检查 gpio.chip 和 gpio 组权限",
      "gpioinfo lists the chips; see gpio.chip and the group gpio",
    ),
  ),
  GPIO_LINE_MISSING: error(
    words("芯片上没有这条 GPIO 线", "The chip has no such line"),
    words("检查 gate.yaml 里的线号", "See the line's number in gate.yaml"),
  ),
  GPIO_TAKEN: error(
    words("GPIO 线被其他程序占用", "Another program has a GPIO line of ours"),
    words(
      "停掉那个程序，或在 /boot/firmware/config.txt 里关闭相应功能",
      "Stop that program, or switch the function off in /boot/firmware/config.txt",
    ),
  ),
  SERIAL_MISSING: error(
    words("串口不存在", "A serial port isn't there"),
    words("检查线和供电；ls -l /dev/serial/by-path", "See cable and supply; ls -l /dev/serial/by-path"),
  ),
  SERIAL_FORBIDDEN: error(
    words("门岗的用户无权使用串口", "The gate's user may not use a serial port"),
    words(
      "sudo usermod -aG dialout gatepost，然后重启服务",
      "sudo usermod -aG dialout gatepost, then restart the service",
    ),
  ),
  SERIAL_NAME_UNSTABLE: warning(
    words("串口名插拔后会变", "A serial port's name may change when it is replugged"),
    words("改用 /dev/serial/by-path/ 或 by-id/ 下的名称", "Use its name under /dev/serial/by-path or by-id"),
  ),
  GATE_NOT_RUNNING: warning(
    words("门岗没有运行", "The gate isn't running"),
    words(
      "sudo systemctl start gatepost；journalctl -u gatepost -b 看原因",
      "sudo systemctl start gatepost; journalctl -u gatepost -b says why",
    ),
  ),
  GATE_SILENT: error(
    words("门岗在运行，但没有及时回答", "The gate runs and didn't answer in time"),
    words(
      "过一分钟再运行一次；还这样：journalctl -u gatepost -b，再 sudo systemctl restart gatepost",
      "Again in a minute; if it stays: journalctl -u gatepost -b, then sudo systemctl restart gatepost",
    ),
  ),
  PAGE_PORT_TAKEN: error(
    words("网页的端口上回答的不是门岗", "What answers on the page's port isn't the gate"),
    words(
      "sudo ss -ltnp 看是哪个程序；停掉它，或改 page.port",
      "sudo ss -ltnp tells which program it is; stop it, or change page.port",
    ),
  ),
  GATE_NOT_READY: error(
    words("门岗在运行，但不能全部工作", "The gate runs, but not all of it works"),
    words("按下面列出的原因逐个处理", "See each of the reasons"),
  ),
  STATE_UNREADABLE: warning(
    words("读不到运行中门岗的设备状态", "The running gate doesn't tell us of its devices"),
    words("用能读口令文件的用户运行（sudo）", "Run it as a user who may read the token's file (sudo)"),
  ),
  DEVICE_DOWN: error(
    words("设备没有连上", "A device's link is down"),
    words("检查电源、网线或串口线、设备上的账号和密码", "See its power, its cable, its account and password"),
  ),
  BROKER_UNREACHABLE: error(
    words("连不上外部 MQTT 服务器", "The MQTT broker can't be reached"),
    words("检查地址、端口和网络", "See its address, port and network"),
  ),
  BROKER_DELAYS: warning(
    words("Mosquitto 每次应答多等 44 毫秒", "Mosquitto answers 44 ms late each time"),
    words("在 mosquitto.conf 里加 set_tcp_nodelay true", "Add set_tcp_nodelay true to mosquitto.conf"),
  ),
  CERTIFICATE_OVER: error(
    words("证书已过期或尚未生效", "A certificate isn't valid today"),
    words("换新证书，再看系统时间对不对", "A new one; and see that the clock is right"),
  ),
  CERTIFICATE_SOON: warning(
    words("证书 30 天内到期", "A certificate ends within 30 days"),
    words("安排更换", "Plan for a new one"),
  ),
  CERTIFICATE_UNREADABLE: error(
    words("证书文件不是有效的证书", "A certificate's file holds none"),
    words("要 PEM 格式（-----BEGIN CERTIFICATE-----）", "It must be PEM (-----BEGIN CERTIFICATE-----)"),
  ),
  LIST_EMPTY: warning(
    words("名单是空的", "The list is empty"),
    words("gatepost import 名单.csv --apply", "gatepost import residents.csv --apply"),
  ),
  LIST_DAMAGED: error(
    words("名单文件损坏", "The list's file is damaged"),
    words("重新导入名单，或 gatepost restore", "Import the list again, or gatepost restore"),
  ),
  JOURNAL_DAMAGED: error(
    words("记录文件损坏或被改动", "The journal's file is damaged or was changed"),
    words(
      "gatepost journal verify；保留原文件，通知管理员",
      "gatepost journal verify; keep the file, tell who is responsible",
    ),
  ),
  DATA_UNREADABLE: warning(
    words("没有权限查看数据目录", "The data folder can't be looked at"),
    words("用 sudo 运行", "Run it with sudo"),
  ),
  SET_ASIDE: warning(
    words("有损坏后另存的文件", "There are files set aside after damage"),
    words("确认不再需要后删除；里面有住户资料", "Delete them when nobody needs them: they hold residents' data"),
  ),
  DATA_FORBIDDEN: error(
    words("数据文件不属于门岗的用户，服务不能写", "The service may not write a file of its data"),
    words("sudo systemctl restart gatepost 会改回来", "sudo systemctl restart gatepost gives it back"),
  ),
  SECRET_FORBIDDEN: error(
    words("服务读不了密码或证书文件", "The service may not read a secret or a certificate"),
    words("sudo chgrp gatepost 文件，chmod 640 文件", "sudo chgrp gatepost FILE, chmod 640 FILE"),
  ),
  KEY_DAMAGED: error(
    words("站点密钥缺失或损坏", "The site's key is missing or damaged"),
    words(
      "从备份恢复：没有它，记录里的姓名读不出来",
      "Restore it from a backup: names in the journal can't be read without it",
    ),
  ),
  KEY_EXPOSED: error(
    words("站点密钥其他用户也能读", "Others may read the site's key"),
    words("chmod 600 site.key site.key.copy", "chmod 600 site.key site.key.copy"),
  ),
  ACCOUNTS_NONE: warning(
    words(
      "网页还没有账号：能用这台机器的人都能开门",
      "The page has no account: whoever is at this machine opens the gate",
    ),
    words(
      "在网页上用这里显示的初装码建第一个管理员，或 gatepost accounts add",
      "Make the first admin on the page with the set-up code shown here, or gatepost accounts add",
    ),
  ),
  ACCOUNTS_DAMAGED: error(
    words("账号文件读不了，没人能登录", "The accounts can't be read: nobody can enter"),
    words(
      "停掉门岗，把 accounts.sqlite 改名，再 gatepost accounts setup-code；或恢复备份",
      "Stop the gate, rename accounts.sqlite, then gatepost accounts setup-code; or restore a backup",
    ),
  ),
  FACES_NEAR_FILING: warning(
    words(
      "存有人脸的人数已达 10 万人备案线的八成",
      "People with stored faces: four fifths of the 100,000 at which they must be filed",
    ),
    words(
      "满 10 万人起 30 个工作日内向省级网信部门备案（管理办法第十五条）；先删掉不用的人脸",
      "At 100,000, file with the provincial cyberspace office within 30 working days (Order 19, art. 15); remove faces no longer needed",
    ),
  ),
  IMPACT_UNSIGNED: warning(
    words(
      "名单上有人脸，还没有签过字的个人信息保护影响评估",
      "There are faces on the list, and no impact assessment was signed",
    ),
    words(
      "居委在 /clerk 的“影响评估”里写好、保存、打印、签字、登记（管理办法第九条）",
      "The clerk writes, records, prints and signs it under Impact on /clerk (Order 19, art. 9)",
    ),
  ),
  UPGRADE_REFUSED: warning(
    words("上次升级没有成功，已换回原来的版本", "The last upgrade was taken back"),
    words(
      "journalctl -u gatepost 看原因；再试：sudo /usr/lib/gatepost/switch 新版本",
      "journalctl -u gatepost says why; again: sudo /usr/lib/gatepost/switch NEW",
    ),
  ),
} as const satisfies Readonly<Record<string, Known>>;

export type FindingCode = keyof typeof FINDINGS;

export interface DoctorFinding {
  readonly code: FindingCode;
  readonly severity: "error" | "warning";
  /** Which one, as the machine calls it: never a name, a plate or a secret. */
  readonly detail: string;
  readonly message: Words;
  readonly hint: Words;
}

export function found(code: FindingCode, detail: string): DoctorFinding {
  const { severity, says, mend } = FINDINGS[code];
  return { code, severity, detail, message: says, hint: mend };
}
