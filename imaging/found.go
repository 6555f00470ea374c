package imaging

import "fmt"

// Found tells what was done to the files of an image folder beside decoding them.
type Found struct {
	// PassedOver counts what lies in the folder and wasn't read: files of other kinds by their extension, what is
	// hidden, pictures outside of the folders of splits.
	PassedOver []Count
	// Transparent files have pixels that aren't opaque. Such a pixel keeps the colour that the file has for it; alpha
	// is dropped, as Pillow's convert("RGB") does.
	Transparent int
	// Turned files were brought upright by the orientation in their EXIF block.
	Turned int
}

// Remarks are what a user should know, a line each, and none about an ordinary folder.
func (f Found) Remarks() (lines []string) {
	if len(f.PassedOver) > 0 {
		lines = append(lines, "passed over: "+joined(f.PassedOver))
	}
	if f.Transparent > 0 {
		lines = append(lines, fmt.Sprintf("transparent: %d of the pictures; alpha is dropped, colours stay",
			f.Transparent))
	}
	if f.Turned > 0 {
		lines = append(lines, fmt.Sprintf("turned upright: %d of the pictures, by their EXIF orientation", f.Turned))
	}
	return lines
}
