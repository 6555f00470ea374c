package train

import (
	"encoding/json"
	"fmt"

	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// beginFrom gives a run at step 0 the parameters that its configuration names. Adam, the average and the step begin
// afresh.
func (l *loop) beginFrom() error {
	if l.cfg.From == "" {
		return nil
	}
	if l.start == nil {
		if err := l.readFrom(); err != nil {
			return err
		}
	}
	p := l.start
	hash := p.Checkpoint.Hash
	if l.cfg.FromHash != "" && l.cfg.FromHash != hash {
		return mistake.Fail("resume %s: it begins with the parameters of %s, and these have changed since (hash %s, "+
			"now %s); bring them back, or begin again by {overwrite|overwriting it}", l.dir, l.cfg.From,
			shown(l.cfg.FromHash), hash)
	}
	if err := weights.Install(l.vars, p.Checkpoint.EMA); err != nil {
		return err
	}
	l.cfg.FromHash = hash
	var err error
	l.saver.from, err = json.Marshal(run.Origin{Name: l.cfg.From, SHA256: hash, Step: p.Checkpoint.Step})
	if err != nil {
		return fmt.Errorf("encode origin: %w", err)
	}
	l.notice("the parameters begin as those of %s, step %d", p.Name, p.Checkpoint.Step)
	return nil
}

// readFrom reads the parameters that a run begins with, and refuses those of another network.
func (l *loop) readFrom() error {
	if l.From == nil {
		return fmt.Errorf("train: the run begins with the parameters of %s; give them in Options.From", l.cfg.From)
	}
	p, err := l.From()
	if err != nil {
		return err
	}
	l.start = &p
	return l.plan.CheckFrom(p)
}
