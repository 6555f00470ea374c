package run

import "github.com/amgen/amgen/unet"

// Keys in a checkpoint's Extra.
const (
	HashKey     = "data"     // [Data.Hash] of the data that it was trained on
	LogKey      = "log"      // how much of the log there was
	DeviceKey   = "device"   // what computed it, [engine.Engine.Device]
	SettingsKey = "settings" // [Config.Deciding] by which it was trained
	RecordKey   = "points"   // [Data.Record] of the snapshots that it was trained on
	ClassesKey  = "classes"  // [Data.Classes] that it was trained on
	SkippedKey  = "skipped"  // [Data.Skipped] of the folder that it was trained on
	FromKey     = "from"     // the [Origin] of the parameters that it began with
	ImportedKey = "imported" // where imported weights came from; such a run can't be resumed
)

// Origin says what parameters a run began with, as its checkpoints keep it.
type Origin struct {
	Name   string `json:"name"` // [Config.From]
	SHA256 string `json:"sha256"`
	Step   int64  `json:"step"` // that those parameters were trained to
}

// ModelScopes are the scopes that hold the variables of the networks: of images and of points.
func ModelScopes() []string { return []string{"/" + unet.Scope, "/mlp"} }
