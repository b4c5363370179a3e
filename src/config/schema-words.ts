/** Small shapes that gate.yaml uses again and again. */
import { z } from "zod";

/** Gives a shape its text for editors, English first, Chinese after. */
export function note<Shape extends z.ZodType>(shape: Shape, en: string, zh: string): Shape {
  return shape.meta({ description: `${en} ${zh}` });
}

/** Kebab-case name: stands in topics, file names and records. */
export const id = z
  .string()
  .max(48)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "kebab-case");
export const shortText = z.string().trim().min(1).max(80);
export const path = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[^\0]+$/, "path");
export const isoDate = z.iso.date();
export const host = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[A-Za-z0-9.:_-]+$/, "host");
/** A name or address as a browser is given it, without port; IPv6 without brackets. */
export const hostName = z
  .string()
  .max(253)
  .regex(/^([A-Za-z0-9.-]+|[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f]*)$/, "host name without port");
/** 0 lets the system choose. */
export const port = z.int().min(0).max(65535);
/** `HH:MM`, `24:00` for the end of the day. */
export const timeOfDay = z.string().regex(/^(?:([01]\d|2[0-3]):[0-5]\d|24:00)$/, "HH:MM");
/** Milliseconds from `least` to `most`. */
export function millis(least: number, most: number) {
  return z.int().min(least).max(most);
}
