/**
 * The world's faults: one class, all codes in one table. Expected outcomes are values, not faults;
 * our own bugs are plain throws. Adapters throw these; only `shell/perform` and `main` catch them.
 */
export const FAULTS = {
  CONFIG_INVALID: "The configuration has errors. 配置有错误",
  CONFIG_NOT_APPLIED: "The configuration can't be put in force as things are. 现在不能启用这份配置",
  CONFIG_UNREADABLE: "The configuration file can't be read. 无法读取配置文件",
  PROFILE_INVALID: "A device profile has errors. 设备档案有错误",
  PROFILE_UNKNOWN: "No device profile of this name. 没有这个名称的设备档案",
  SECRET_UNREADABLE: "A secret file can't be read. 无法读取密钥文件",
  PORT_BUSY: "Another program already listens on this port. 端口已被其他程序占用",
  BROKER_REFUSED: "The MQTT broker refused us. MQTT 服务器拒绝连接",
  BROKER_UNREACHABLE: "The MQTT broker can't be reached. 连不上 MQTT 服务器",
  SERIAL_UNAVAILABLE: "The serial port can't be opened. 无法打开串口",
  SERIAL_BUSY: "Another program uses this serial port. 串口正被其他程序使用",
  SERIAL_LOST: "The serial port has gone. 串口已断开",
  GPIO_UNAVAILABLE: "This machine offers no GPIO of the wanted kind. 本机没有可用的 GPIO",
  GPIO_BUSY: "A GPIO line is in use by another program. GPIO 线已被其他程序占用",
  GPIO_FAILED: "A GPIO line can't be read or set. GPIO 读写失败",
  SIMULATION_REFUSED:
    "A simulated part is named in a configuration that isn't marked `simulation: true`. 正式配置里不能用模拟设备",
  COMMAND_UNKNOWN: "The device profile has no such command. 设备档案里没有这个命令",
  COMMAND_FAILED: "The device did not take the command. 设备没有执行命令",
  COMMAND_UNCERTAIN: "The command was sent, its outcome is unknown. 命令已发出，结果未知",
  DATABASE_DAMAGED: "A database file is damaged. 数据库文件损坏",
  DATABASE_FULL: "The disk is full. 磁盘已满",
  DATABASE_REFUSED: "The disk can't be read or written. 磁盘无法读写",
  DATABASE_BUSY: "Another program holds the database. 数据库被其他程序占用",
  DATABASE_NEWER: "The database was written by a newer gatepost. 数据库版本比程序新",
  VIID_REFUSED: "The GA/T 1400 platform will not have a record that is all right here. 视图库平台拒收一条记录",
  JOURNAL_BROKEN: "The journal's chain is broken. 记录链被破坏",
  BACKUP_DAMAGED: "The backup is damaged or isn't one. 备份文件损坏，或不是备份",
  BACKUP_LOCKED: "This passphrase doesn't open the backup. 口令打不开这个备份",
  BACKUP_REFUSED: "The backup can't be made or brought back as things are. 现在不能备份或恢复",
  BUNDLE_DAMAGED: "The carried file is damaged or isn't one of ours. 离线包损坏，或不是本系统的文件",
  BUNDLE_FOREIGN: "The carried file is somebody else's. 离线包不是给本门岗的",
  BUNDLE_REFUSED: "The carried file can't be written or taken here. 离线包写不了或收不了",
  IMPORT_INVALID: "The file to import has errors. 导入的文件有错误",
  REGISTER_TOO_HEAVY: "The file takes too much time or memory to read. 文件太大，读不完",
  CERTIFICATE_FAILED: "The page's certificate can't be made. 无法生成网页证书",
  ACCOUNTS_FAILING: "Passwords can't be checked on this machine. 本机无法核对口令",
  INPUT_INVALID: "The input is not of the expected form. 输入格式不对",
} as const;

export type FaultCode = keyof typeof FAULTS;

/** A fault of the world outside, with a code from {@link FAULTS} that stands in the message too. */
export class GateError extends Error {
  readonly code: FaultCode;
  readonly context: Readonly<Record<string, unknown>>;
  constructor(
    code: FaultCode,
    message: string,
    options: { readonly cause?: unknown; readonly context?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(`${code}: ${message}`, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "GateError";
    this.code = code;
    this.context = options.context ?? {};
  }
}
