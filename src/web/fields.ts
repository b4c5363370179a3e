/** What stands in a form's field, without blanks around it; but in a secret they count. */
export function fieldsOf(form: HTMLFormElement): (name: string) => string {
  return (name) => {
    const field = form.elements.namedItem(name);
    const isField =
      field instanceof HTMLInputElement || field instanceof HTMLSelectElement || field instanceof HTMLTextAreaElement;
    if (!isField) return "";
    return field.type === "password" ? field.value : field.value.trim();
  };
}
