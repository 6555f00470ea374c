package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// restore fills the session with the run's last intact checkpoint. A run that ended before its first one starts
// again, from the same seed and so with the same bits.
func (s *session) restore() error {
	dir := s.dir.Checkpoints()
	c, skipped, err := weights.Latest(dir)
	if errors.Is(err, weights.ErrNoCheckpoint) {
		return s.checkBegun()
	} else if err != nil {
		return err
	}
	warnSkipped(s.std, skipped)
	if from, imported := c.Extra[run.ImportedKey]; imported {
		return fmt.Errorf("resume %s: its weights were imported (%s), without the optimiser's state and the place in the data; sample and "+
			"evaluate it, or train another run", s.dir, printable(string(from), mostOfLine))
	}
	if was := c.Extra[run.HashKey]; !bytes.Equal(was, s.data.Hash) {
		if !s.force {
			return fmt.Errorf("resume %s: the data of %s are not those that it was trained on (hash %s, now %s); bring them "+
				"back, start another run, or go on with them by --force", s.dir, s.cfg.Dataset, was, s.data.Hash)
		}
		fmt.Fprintf(s.std.err, "train: forced: the data's hash is %s in the checkpoint and becomes %s\n", shown(string(was)), s.data.Hash)
	}
	if err := s.compareSettings(c); err != nil {
		return err
	}
	moved, err := weights.SetAside(dir, c.Step)
	if err != nil {
		return err
	}
	for _, path := range moved {
		fmt.Fprintf(s.std.err, "train: the damaged checkpoint is set aside as %s; remove that folder when it is of no more use\n", path)
	}
	if err := s.plan.CheckArchitecture(c); err != nil {
		return err
	}
	if err := complete(c, s.plan.Params()); err != nil {
		return err
	}
	if err := weights.Install(s.vars, c.Variables(flows.EMAScope)); err != nil {
		return err
	}
	s.saved, s.parent = int(c.Step), c.Hash
	s.compareDevice(c.Extra[run.DeviceKey])
	if text := c.Extra[run.LogKey]; text != nil { // older ones have none
		if err := json.Unmarshal(text, &s.logged); err != nil {
			return fmt.Errorf("checkpoint %s: position in %s: %w", c.Path, run.StatsName, err)
		}
	}
	return s.data.Batches.Seek(int(c.Position))
}

// compareSettings refuses to go on by other settings than the checkpoint's, as those of a configuration that was edited.
func (s *session) compareSettings(c *weights.Checkpoint) error {
	text := c.Extra[run.SettingsKey]
	if text == nil { // older ones have none
		return nil
	}
	var was map[string]string
	if err := json.Unmarshal(text, &was); err != nil {
		return fmt.Errorf("checkpoint %s: %s: %w", c.Path, run.SettingsKey, err)
	}
	where := fmt.Sprintf("the checkpoint of step %d", c.Step)
	list := run.Changes(was, s.cfg)
	if len(list) > 0 && !s.force {
		return run.Refuse(list, where)
	}
	for _, forced := range list {
		if !slices.Contains(s.forced, forced) {
			fmt.Fprintf(s.std.err, "train: forced: %s\n", becomes(forced, where))
		}
	}
	return nil
}

// checkBegun refuses to begin a run again that had checkpoints, of which the loss curve tells: its disk may be missing.
func (s *session) checkBegun() error {
	curve := s.dir.File(run.LossCurveName)
	if _, err := os.Lstat(curve); errors.Is(err, fs.ErrNotExist) || s.force {
		return nil
	}
	return fmt.Errorf("resume %s: it had checkpoints, since it has a %s, and %s has none; bring them back, or begin again by --force",
		s.dir, run.LossCurveName, run.Dir(s.dir).Checkpoints())
}

// compareDevice warns where a checkpoint, which may be too old to tell, is of another device.
func (s *session) compareDevice(text json.RawMessage) {
	var was string
	if json.Unmarshal(text, &was) == nil && was != s.engine.Device() {
		fmt.Fprintf(s.std.err, "train: the checkpoint was made by %s and this is %s, which rounds differently: the run goes on as well, but not to the same bits\n",
			shown(was), s.engine.Device())
	}
}

func warnSkipped(std streams, skipped []error) {
	for _, err := range skipped {
		fmt.Fprintf(std.err, "amgen: skipped a damaged checkpoint: %s\n", oneLine(err.Error()))
	}
}
