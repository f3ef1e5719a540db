#!/usr/bin/env bash
# Pictures of the C++ viewer from an invented day, without a screen. usage: viewer_pictures.sh PYTHON [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1 folder=${2:-docs/pictures}
scripts/viewer.sh "$python" --build-only >/dev/null
"$python" scripts/demo_frames.py build/demo.bin --seconds 10 >/dev/null
export QT_QPA_PLATFORM=offscreen
taken() { build/viewer/viewer --replay build/demo.bin --after 1500 --shot "$folder/$1" "${@:2}" 2>/dev/null; }
taken viewer_board.png --board 20 --size 1920x1080
taken viewer_chart.png --board 1 --symbol AVGO --size 1280x720
QT_SCALE_FACTOR=1.5 taken viewer_scale_1.5.png --board 4 --size 1280x720
echo "$folder: viewer_board.png viewer_chart.png viewer_scale_1.5.png"
