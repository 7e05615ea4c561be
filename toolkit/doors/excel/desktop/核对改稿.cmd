@echo off
rem Drop the report in Word and its fill-in workbook onto this file, in any order. Plain ASCII with CRLF: cmd reads it the same in every code page.
chcp 65001 >nul
setlocal
set "PYTHONUTF8=1"
set "RUN="
if exist "%ProgramData%\jixiao\button.txt" set /p RUN=<"%ProgramData%\jixiao\button.txt"
if defined RUN (set "RUN="%RUN%" -m toolkit") else (set "RUN=jixiao")
if "%~2"=="" (
  %RUN% proofread --help
  pause
  exit /b 2
)
if /i "%~x1"==".docx" (%RUN% proofread --against "%~2" "%~1") else (%RUN% proofread --against "%~1" "%~2")
pause
