/** Grey bars in the shape of the content, shown if loading takes longer than 150 ms. */
import classes from './skeleton.module.css';

interface SkeletonProps {
  /** Name of the content that is loading, for screen readers. */
  readonly name: string;
  readonly shape: 'rooms' | 'messages';
}

const ROWS = [0, 1, 2, 3, 4, 5];

export function Skeleton({ name, shape }: SkeletonProps) {
  return (
    <div className={`${classes['skeleton']} ${classes[shape]}`}>
      <span className="visually-hidden">{name}</span>
      {ROWS.map((row) => (
        <div key={row} className={classes['row']}>
          <span className={classes['block']} />
          <span className={classes['bar']} />
        </div>
      ))}
    </div>
  );
}
