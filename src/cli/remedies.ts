/** What to do about each fault and each alarm. One entry per code: a new one without words doesn't compile. */
import type { Words } from "../config/problem.ts";
import { words } from "../config/problem.ts";
import type { FaultCode } from "../core/fault.ts";
import type { AlarmKind } from "../core/terms.ts";

export const FAULT_REMEDIES: Readonly<Record<FaultCode, Words>> = {
  CONFIG_INVALID: words("gatepost check 逐条说明怎么改", "gatepost check says for each what to change"),
  CONFIG_NOT_APPLIED: words("按说明处理后再试；原来的配置没有改动", "Do what it says, then again; nothing was changed"),
  CONFIG_UNREADABLE: words(
    "看文件在不在、权限对不对（root:gatepost 640）",
    "See that it is there and may be read (root:gatepost 640)",
  ),
  PROFILE_INVALID: words("gatepost decode 型号 --samples", "gatepost decode PROFILE --samples"),
  PROFILE_UNKNOWN: words(
    "看 gate.yaml 里的型号名，或添加一个型号文件",
    "See the name in gate.yaml, or add the profile",
  ),
  SECRET_UNREADABLE: words(
    "看密钥文件在不在、权限对不对（root:gatepost 640）",
    "See that the secret's file is there and may be read (root:gatepost 640)",
  ),
  PORT_BUSY: words(
    "ss -ltnp 看谁占用，或改 gate.yaml 的端口",
    "ss -ltnp tells who has it; or another port in gate.yaml",
  ),
  BROKER_REFUSED: words("检查用户名、密码和证书", "See user name, password and certificate"),
  BROKER_UNREACHABLE: words(
    "检查地址、网络和 Mosquitto 是否在运行",
    "See its address, the network, and that Mosquitto runs",
  ),
  SERIAL_UNAVAILABLE: words("gatepost doctor 看串口和权限", "gatepost doctor looks at ports and rights"),
  SERIAL_BUSY: words(
    "关掉占用串口的程序；门岗在运行就先停它",
    "Close the program that uses it; if the gate runs, stop it first",
  ),
  SERIAL_LOST: words("检查线、转换器和供电；会自己恢复", "See cable, converter and supply; it comes back by itself"),
  GPIO_UNAVAILABLE: words("gatepost doctor 看芯片和权限", "gatepost doctor looks at the chips and rights"),
  GPIO_BUSY: words("gpioinfo 看谁占用，停掉它", "gpioinfo tells who has it; stop that program"),
  GPIO_FAILED: words("检查接线；反复出现就换继电器板", "See the wiring; if it goes on, another board"),
  SIMULATION_REFUSED: words(
    "正式配置删掉 simulated，演示配置写 simulation: true",
    "Remove what is simulated, or mark a trial with simulation: true",
  ),
  COMMAND_UNKNOWN: words("看型号文件里有哪些命令", "See which commands the profile has"),
  COMMAND_FAILED: words("看设备通不通电、连没连上；手动开门", "See that the device has power and a link; open by hand"),
  COMMAND_UNCERTAIN: words("看一眼门的实际状态", "Look at the gate itself"),
  DATABASE_DAMAGED: words(
    "门照常工作；备份后检查 SD 卡，名单损坏就重新导入",
    "The gate works on; back up, check the SD card, import the list again if it is the list",
  ),
  DATABASE_FULL: words("腾出磁盘空间；腾出之前不确认新记录", "Make room; until then nothing new is acknowledged"),
  DATABASE_REFUSED: words(
    "检查磁盘和目录权限；多半是 SD 卡坏了",
    "See the disk and the folder's rights; often the SD card is dying",
  ),
  DATABASE_BUSY: words("只能运行一个门岗；停掉另一个", "One gatepost at a time: stop the other"),
  DATABASE_NEWER: words(
    "装回较新的版本，或恢复升级前的备份",
    "Install the newer version, or restore the backup of before",
  ),
  VIID_REFUSED: words(
    "记录仍在本机；把日志里的状态码和说明交给平台方，核对设备编码和 viid 设置",
    "The record is still here; show the platform's people the status in the log, compare deviceId and the viid settings",
  ),
  JOURNAL_BROKEN: words(
    "保留原文件，运行 gatepost journal verify，通知管理员",
    "Keep the file, run gatepost journal verify, tell who is responsible",
  ),
  BACKUP_DAMAGED: words("换另一份备份", "Take another backup"),
  BACKUP_LOCKED: words("换正确的口令；没有别的办法", "The right passphrase; there is no other way"),
  BACKUP_REFUSED: words("按说明处理后再试", "Do what it says, then again"),
  REGISTER_TOO_HEAVY: words(
    "另存为 CSV，或只留名单那一张表再试",
    "Save it as CSV, or keep nothing but the list's sheet, and try again",
  ),
  BUNDLE_DAMAGED: words("重新拷贝；还不行就重新导出", "Copy it again, or export it again"),
  BUNDLE_FOREIGN: words(
    "看是不是拿错了U盘；换过密钥要两边都更新",
    "See that it is the right stick; after new keys both sides need them",
  ),
  BUNDLE_REFUSED: words(
    "按说明处理；看U盘是否写保护、空间够不够",
    "Do what it says; see that the stick can be written and has room",
  ),
  IMPORT_INVALID: words("按行号改正表格后再导入", "Mend the rows it names and import again"),
  CERTIFICATE_FAILED: words(
    "sudo apt install openssl；看数据目录能不能写",
    "sudo apt install openssl; see whether the data folder can be written",
  ),
  ACCOUNTS_FAILING: words(
    "没人能登录；停和应急全开照常可用。重新安装门岗，或看内存够不够",
    "Nobody can enter; stop and emergency opening work. Install gatepost again, or see whether memory is short",
  ),
  INPUT_INVALID: words("按说明改正", "Mend what it says"),
};

export const ALARM_REMEDIES: Readonly<Record<AlarmKind, Words>> = {
  tailgate: words("看录像或当面核实", "Look at the pictures, or ask"),
  "forced-open": words("到现场看；检查锁和门磁", "Go and look; see the lock and the contact"),
  "held-open": words("到现场关好，看有没有东西撑着", "Go and close it; see what props it"),
  "held-open-soon": words("同上", "The same"),
  "did-not-open": words("用手动按钮开；检查继电器和道闸电源", "Open by its own button; see relay and operator"),
  "did-not-close": words("看杆下；检查地感、对射和道闸", "Look under the arm; see loops, beam and operator"),
  duress: words("悄悄报警，不要惊动", "Call for help quietly"),
  blocklisted: words("不放行，按规定处理", "Don't let in; do as the rules say"),
  "sensor-stuck": words("检查感应器；期间不会自动落杆", "See the sensor; meanwhile the arm stays up"),
  "sensor-jumping": words("检查接线端子和屏蔽线", "See its terminals and the shield"),
  "command-failed": words("gatepost doctor 看设备连接", "gatepost doctor looks at the device's link"),
  "reader-dark": words("擦镜头、看补光灯和电源", "Clean the lens; see its light and its power"),
  "device-offline": words("看电源和网线", "See its power and its cable"),
  "device-tampered": words("到现场看", "Go and look"),
  "reader-insecure": words("重新配密钥：osdp.installMinutes", "Give it its key again: osdp.installMinutes"),
  "face-not-removed": words(
    "gatepost terminals 看是哪台；在终端上手工删除",
    "gatepost terminals tells which one; delete it at the terminal by hand",
  ),
  "stale-event": words("给设备校时", "Set the device's clock"),
  "forged-command": words(
    "告诉平台；查谁能往平台服务器发命令；有疑问就换密钥（uplink.commandKeys）",
    "Tell the platform; see who may publish there; in doubt change the keys (uplink.commandKeys)",
  ),
  "forged-event": words("更换该设备的密码，查网络里有谁", "Change that device's password; see who is on the network"),
  "clock-untrusted": words(
    "装时钟电池或对时服务；gatepost doctor",
    "A clock battery or a time service; gatepost doctor",
  ),
  "journal-failing": words("看磁盘：gatepost doctor", "See the disk: gatepost doctor"),
  "platform-behind": words(
    "门照常工作；看网络、平台地址和证书",
    "The gate works on; see the network, the platform's address and the certificates",
  ),
  "entrance-silent": words(
    "门照常工作；看那个门的电源、网络和小区的 MQTT 服务器；清点不准时用“清零”",
    "The gate works on; see that entrance's power and network and the site's broker; an amnesty mends wrong counts",
  ),
  "config-broken": words(
    "门照常工作；gatepost check 说出哪一行错；改好后 sudo systemctl restart gatepost",
    "The gate works on; gatepost check names the line; mend it, then sudo systemctl restart gatepost",
  ),
  "disk-low": words("腾出磁盘空间", "Make room"),
  "chain-broken": words("gatepost journal verify；通知管理员", "gatepost journal verify; tell who is responsible"),
};
