/** One choice of several, as radio buttons in a row. */
import classes from './radio-choice.module.css';

interface RadioChoiceProps<Value extends string> {
  /** Read by screen readers. */
  readonly title: string;
  readonly names: Readonly<Record<Value, string>>;
  readonly values: readonly Value[];
  readonly current: Value;
  readonly onChoose: (value: Value) => void;
}

export function RadioChoice<Value extends string>(props: RadioChoiceProps<Value>) {
  const { title, names, values, current, onChoose } = props;
  return (
    <fieldset className={classes['choices']}>
      <legend className="visually-hidden">{title}</legend>
      {values.map((value) => (
        <label key={value} className={classes['choice']}>
          <input
            type="radio"
            name={title}
            checked={value === current}
            onChange={() => onChoose(value)}
          />
          {names[value]}
        </label>
      ))}
    </fieldset>
  );
}
