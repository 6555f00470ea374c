package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/amgen/amgen/flows/optimizer"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// restore fills the loop with the run's last intact checkpoint. A run that ended before its first one starts
// again, from the same seed and so with the same bits.
func (l *loop) restore() error {
	dir := l.dir.Checkpoints()
	c, skipped, err := weights.Latest(dir)
	if errors.Is(err, weights.ErrNoCheckpoint) {
		return l.checkBegun()
	} else if err != nil {
		return err
	}
	l.Skipped(skipped)
	if from, imported := c.Extra[run.ImportedKey]; imported {
		return fmt.Errorf("resume %s: its weights were imported (%s), without the optimiser's state and the place in "+
			"the data; sample and evaluate it, or train another run", l.dir, terminal.Printable(string(from), 1000))
	}
	if was := c.Extra[run.HashKey]; !bytes.Equal(was, l.data.Hash) {
		if !l.Force {
			return mistake.Fail("resume %s: the data of %s are not those that it was trained on (hash %s, now %s); "+
				"bring them back, start another run, or go on with them by {force|force}", l.dir, l.cfg.Dataset, was,
				l.data.Hash)
		}
		l.notice("forced: the data's hash is %s in the checkpoint and becomes %s", shown(string(was)), l.data.Hash)
	}
	if err := l.compareSettings(c); err != nil {
		return err
	}
	moved, err := weights.SetAside(dir, c.Step)
	if err != nil {
		return err
	}
	for _, path := range moved {
		l.notice("the damaged checkpoint is set aside as %s; remove that folder when it is of no more use", path)
	}
	if err := l.plan.CheckArchitecture(c); err != nil {
		return err
	}
	if err := l.plan.CheckClasses(c); err != nil {
		return err
	}
	if err := complete(c, l.plan.Params()); err != nil {
		return err
	}
	if err := weights.Install(l.vars, c.Variables(optimizer.EMAScope)); err != nil {
		return err
	}
	l.saver.saved, l.saver.parent, l.saver.from = int(c.Step), c.Hash, c.Extra[run.FromKey]
	l.compareDevice(c.Extra[run.DeviceKey])
	if text := c.Extra[run.LogKey]; text != nil { // older ones have none
		if err := json.Unmarshal(text, &l.logged); err != nil {
			return fmt.Errorf("checkpoint %s: position in %s: %w", c.Path, run.StatsName, err)
		}
	}
	return l.data.Batches.Seek(int(c.Position))
}

// adopt has a run that is resumed learn in the principal components that it began with: other processors and versions
// round them otherwise. What doesn't suit the run is refused when it is restored.
func (l *loop) adopt(dir run.Dir) {
	if !l.Resume || l.Force || dir == "" || l.cfg.Components == 0 {
		return
	}
	c, _, err := weights.Latest(dir.Checkpoints())
	if err == nil {
		_ = l.plan.Adopt(c.Extra[run.RecordKey], "the run") // nothing is adopted of other data
	}
}

// compareSettings refuses to go on by other settings than the checkpoint's, as those of a configuration that was
// edited.
func (l *loop) compareSettings(c *weights.Checkpoint) error {
	text := c.Extra[run.SettingsKey]
	if text == nil { // older ones have none
		return nil
	}
	var was map[string]string
	if err := json.Unmarshal(text, &was); err != nil {
		return fmt.Errorf("checkpoint %s: %s: %w", c.Path, run.SettingsKey, err)
	}
	where := fmt.Sprintf("the checkpoint of step %d", c.Step)
	list := run.Changes(was, l.cfg)
	if len(list) > 0 && !l.Force {
		return run.Refuse(list, where)
	}
	for _, forced := range list {
		if !slices.Contains(l.Forced, forced) {
			l.tell(Forced{forced, where})
		}
	}
	return nil
}

// checkBegun refuses to begin a run again that had checkpoints, of which the loss curve tells: its disk may be missing.
func (l *loop) checkBegun() error {
	curve := l.dir.File(run.LossCurveName)
	if _, err := os.Lstat(curve); errors.Is(err, fs.ErrNotExist) || l.Force {
		if last, _ := LastStats(l.dir.File(run.StatsName), 1); len(last) > 0 {
			l.notice("no checkpoint of the run was saved, so it begins again; the log had come to step %d",
				last[0].Step)
		}
		return nil
	}
	return mistake.Fail("resume %s: it had checkpoints, since it has a %s, and %s has none; bring them back, or "+
		"begin again by {force|force}", l.dir, run.LossCurveName, run.Dir(l.dir).Checkpoints())
}

// compareDevice warns where a checkpoint, which may be too old to tell, is of another device.
func (l *loop) compareDevice(text json.RawMessage) {
	var was string
	if json.Unmarshal(text, &was) == nil && was != l.engine.Device() {
		l.notice("the checkpoint was made by %s and this is %s, which rounds differently: the run goes on, "+
			"but not to the same bits", shown(was), l.engine.Device())
	}
}
