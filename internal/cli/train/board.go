package train

import (
	"fmt"
	"time"

	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/tensorboard"
)

// board keeps the run's event file for TensorBoard up to date. The file is made of the run's log, so what is late or
// fails is no harm: the next session, or `amgen runs tensorboard`, writes it whole. The zero value is for use.
type board struct {
	exporter *tensorboard.Exporter
	last     time.Time
	took     time.Duration
}

// Updates come at least so far apart, and take at most a hundredth of the time.
const (
	boardEvery = 5 * time.Second
	boardShare = 100
)

// update brings the file up to date, unless it was a moment ago. A nil board does nothing.
func (b *board) update(dir run.Dir, last bool) error {
	if b == nil || dir == "" || !last && time.Since(b.last) < max(boardEvery, boardShare*b.took) {
		return nil
	}
	if b.exporter == nil {
		b.exporter = tensorboard.New(dir, dir.File(run.TensorBoardName))
	}
	began := time.Now()
	err := b.exporter.Update()
	b.last, b.took = time.Now(), time.Since(began)
	if err != nil {
		return fmt.Errorf("TensorBoard: %w", err)
	}
	if last {
		return b.exporter.Close()
	}
	return nil
}
