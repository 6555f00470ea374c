package draw

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/run"
)

// pointsName is the file of a record beside the samples of shards.
const pointsName = "points.json"

// mostRecord bounds a record that is read, in bytes.
const mostRecord = 64 << 20

// KeepRecord writes the record of snapshots beside the samples of shards.
func KeepRecord(plan *run.Plan, dir string) error {
	record, err := plan.Record()
	if err != nil || record == nil {
		return err
	}
	return replace.Text(filepath.Join(dir, pointsName), append(record, '\n'))
}

// MatchRecords makes a plan that of the samples of shards, whose data have to be the same; those of an earlier amgen
// have no record.
func MatchRecords(plan *run.Plan, dirs []string) error {
	for _, dir := range dirs {
		file := filepath.Join(dir, pointsName)
		info, err := os.Stat(file)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil && (!info.Mode().IsRegular() || info.Size() > mostRecord) {
			err = fmt.Errorf("%s is no file of at most %d bytes", file, mostRecord)
		}
		var text []byte
		if err == nil {
			text, err = os.ReadFile(file)
		}
		if err == nil {
			err = plan.Adopt(text, file)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
