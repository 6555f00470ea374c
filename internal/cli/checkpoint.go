package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/weights"
)

// Keys in a checkpoint's Extra.
const (
	dataHash    = "data" // hash of the data it was trained on
	logPosition = "log"  // how much of stats.jsonl there was
	deviceKey   = "device"
	settingsKey = "settings" // Config.settings by which it was trained
	pointsKey   = "points"   // the pointsRecord of the snapshots that it was trained on
)

// restore fills the session with the run's last intact checkpoint. A run that ended before its first one starts
// again, from the same seed and so with the same bits.
func (s *session) restore() error {
	dir := weights.CheckpointDir(s.dir)
	c, skipped, err := weights.Latest(dir)
	if errors.Is(err, weights.ErrNoCheckpoint) {
		return s.checkBegun()
	} else if err != nil {
		return err
	}
	warnSkipped(s.std, skipped)
	if from, imported := c.Extra[importedKey]; imported {
		return fmt.Errorf("resume %s: its weights were imported (%s), without the optimiser's state and the place in the data; sample and "+
			"evaluate it, or train another run", s.dir, printable(string(from), mostOfLine))
	}
	if was := c.Extra[dataHash]; !bytes.Equal(was, s.data.hash) {
		if !s.force {
			return fmt.Errorf("resume %s: the data of %s are not those that it was trained on (hash %s, now %s); bring them "+
				"back, start another run, or go on with them by --force", s.dir, s.cfg.Dataset, was, s.data.hash)
		}
		fmt.Fprintf(s.std.err, "train: forced: the data's hash is %s in the checkpoint and becomes %s\n", shown(string(was)), s.data.hash)
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
	if err := sameArchitecture(c, s.task.architecture()); err != nil {
		return err
	}
	if err := complete(c, s.task.params()); err != nil {
		return err
	}
	if err := weights.Install(s.vars, c.Variables(flows.EMAScope)); err != nil {
		return err
	}
	s.saved, s.parent = int(c.Step), c.Hash
	s.compareDevice(c.Extra[deviceKey])
	if text := c.Extra[logPosition]; text != nil { // older ones have none
		if err := json.Unmarshal(text, &s.logged); err != nil {
			return fmt.Errorf("checkpoint %s: position in %s: %w", c.Path, statsName, err)
		}
	}
	return s.data.batches.Seek(int(c.Position))
}

// compareSettings refuses to go on by other settings than the checkpoint's, as those of a configuration that was edited.
func (s *session) compareSettings(c *weights.Checkpoint) error {
	text := c.Extra[settingsKey]
	if text == nil { // older ones have none
		return nil
	}
	var was map[string]string
	if err := json.Unmarshal(text, &was); err != nil {
		return fmt.Errorf("checkpoint %s: %s: %w", c.Path, settingsKey, err)
	}
	where := fmt.Sprintf("the checkpoint of step %d", c.Step)
	list := changes(was, s.cfg.settings())
	if len(list) > 0 && !s.force {
		return refuse(list, where)
	}
	for _, forced := range list {
		if !slices.Contains(s.forced, forced) {
			fmt.Fprintf(s.std.err, "train: forced: %s\n", forced.done(where))
		}
	}
	return nil
}

// checkBegun refuses to begin a run again that had checkpoints, of which the loss curve tells: its disk may be missing.
func (s *session) checkBegun() error {
	curve := filepath.Join(s.dir, lossCurveName)
	if _, err := os.Lstat(curve); errors.Is(err, fs.ErrNotExist) || s.force {
		return nil
	}
	return fmt.Errorf("resume %s: it had checkpoints, since it has a %s, and %s has none; bring them back, or begin again by --force",
		s.dir, lossCurveName, weights.CheckpointDir(s.dir))
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

// sameArchitecture refuses a checkpoint of another network than the run's configuration describes.
func sameArchitecture(c *weights.Checkpoint, architecture any) error {
	want, err := json.Marshal(architecture)
	if err != nil {
		return fmt.Errorf("encode architecture: %w", err)
	}
	differences, err := weights.Differences(c.Architecture, want)
	if err != nil {
		return fmt.Errorf("checkpoint %s: %w", c.Path, err)
	}
	if len(differences) > 0 {
		return fmt.Errorf("checkpoint %s is of another architecture than this run's %s: %s: %w", c.Path, configName,
			strings.Join(differences, ", "), weights.ErrArchitecture)
	}
	return nil
}
