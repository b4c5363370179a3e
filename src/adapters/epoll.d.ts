/** The part of the package `epoll` we use; it brings no types. */
declare module "epoll" {
  export class Epoll {
    static readonly EPOLLIN: number;
    static readonly EPOLLPRI: number;
    constructor(hear: (error: Error | null, fd: number, events: number) => void);
    add(fd: number, events: number): this;
    remove(fd: number): this;
    close(): void;
    readonly closed: boolean;
  }
}
